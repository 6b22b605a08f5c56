import type { ButtonInteraction, ChatInputCommandInteraction, Interaction } from 'discord.js';
import {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  ButtonStyle,
  MessageFlags,
  SlashCommandBuilder,
} from 'discord.js';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBot } from './bot-for-test.ts';
import type { ChannelHandle, DiscordEmulator } from './index.ts';
import { ClientRefusal, startDiscord } from './index.ts';
import { checkAnswersAgainstSpec, checkCallsAgainstSpec } from './validate-calls.ts';

const imagine = new SlashCommandBuilder()
  .setName('imagine')
  .setDescription('Draws a picture')
  .setDescriptionLocalizations({ de: 'Malt ein Bild', hi: 'चित्र बनाता है' })
  .addStringOption((option) =>
    option.setName('prompt').setDescription('What to draw').setRequired(true).setMaxLength(50),
  )
  .addStringOption((option) => option.setName('style').setDescription('How to draw').setAutocomplete(true))
  .addIntegerOption((option) => option.setName('count').setDescription('How many').setMinValue(1).setMaxValue(4))
  .addAttachmentOption((option) => option.setName('from').setDescription('A picture to begin with'));
const account = new SlashCommandBuilder().setName('account').setDescription('Shows your account');
const server = new SlashCommandBuilder()
  .setName('server')
  .setDescription('Settings of the server')
  .setDefaultMemberPermissions(32)
  .addSubcommand((sub) => sub.setName('channels').setDescription('Where pictures may be made'));

describe('discord.js against the emulator', () => {
  let discord: DiscordEmulator;
  let bot: Awaited<ReturnType<typeof startBot>>;
  let channel: ChannelHandle;
  let answer: (interaction: Interaction) => Promise<unknown>;

  beforeAll(async () => {
    discord = await startDiscord();
    channel = discord.guildChannel();
    bot = await startBot(discord, (interaction) => answer(interaction));
    await bot.client.application.commands.set([imagine, account, server]);
  });
  beforeEach(() => {
    bot.faults.length = 0;
  });
  afterAll(async () => {
    await bot.stop();
    await discord.close();
  });

  it('registers commands, and keeps their ids when they are set again', async () => {
    const first = discord.commands().map((command) => command.id);
    await bot.client.application.commands.set([imagine, account, server]);
    expect(discord.commands().map((command) => [command.name, command.id])).toEqual([
      ['imagine', first[0]],
      ['account', first[1]],
      ['server', first[2]],
    ]);
    const fetched = await bot.client.application.commands.fetch({ withLocalizations: true });
    expect(fetched.get(String(first[0]))?.descriptionLocalizations).toEqual({
      de: 'Malt ein Bild',
      hi: 'चित्र बनाता है',
    });
  });

  it('carries a command from deferral to a picture with buttons, and a click back', async () => {
    const picture = await sharp({ create: { width: 32, height: 20, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    answer = async (interaction) => {
      if (interaction.isChatInputCommand()) await draw(interaction, picture);
      else await favourite(interaction as ButtonInteraction);
    };
    const ada = discord.user({ username: 'ada' });
    const used = await ada.command('imagine', { prompt: 'a red fox', count: 2 });
    expect(await used.acknowledged()).toBe(5);
    const drawing = await used.reply();
    expect(drawing).toMatchObject({ content: 'Drawing a red fox ×2', ephemeral: false, loading: false });
    const done = await used.nextEdit((message) => message.attachments.length > 0);
    expect(done.attachments[0]).toMatchObject({
      filename: 'fox.png',
      description: 'a red fox',
      contentType: 'image/png',
    });
    expect(done.wire.attachments).toMatchObject([{ width: 32, height: 20 }]);
    expect(done.buttons).toMatchObject([{ label: '⭐ Keep', customId: 'keep:1', disabled: false }]);
    const served = await fetch(done.pictures[0] ?? '');
    expect(Buffer.from(await served.arrayBuffer()).equals(picture)).toBe(true);

    const clicked = await discord.user().click(done, '⭐ Keep');
    expect(await clicked.reply()).toMatchObject({ id: done.id, buttons: [{ label: 'Kept', disabled: true }] });
    expect(channel.messages.at(-1)?.buttons[0]?.label).toBe('Kept');
    await expect(ada.click(done, 'Kept')).rejects.toThrow(ClientRefusal);
    expect(bot.faults).toEqual([]);
  });

  it('shows an ephemeral deferral only to its invoker, whatever the edit says', async () => {
    answer = async (interaction) => {
      const command = interaction as ChatInputCommandInteraction;
      await command.deferReply({ flags: MessageFlags.Ephemeral });
      await command.editReply({ content: 'For your eyes' });
      await command.followUp({ content: 'And for all' });
    };
    const [ada, bob] = [discord.user(), discord.user()];
    const used = await ada.command('account');
    expect(await used.reply()).toMatchObject({ content: 'For your eyes', ephemeral: true });
    expect(await used.followUp()).toMatchObject({ content: 'And for all', ephemeral: false });
    expect(ada.sees().map((message) => message.content)).toEqual(
      expect.arrayContaining(['For your eyes', 'And for all']),
    );
    expect(bob.sees().map((message) => message.content)).not.toContain('For your eyes');
    expect(channel.messages.map((message) => message.content)).not.toContain('For your eyes');
  });

  it('passes options, files, place and language on', async () => {
    const seen: unknown[] = [];
    answer = async (interaction) => {
      const command = interaction as ChatInputCommandInteraction;
      const file = command.options.getAttachment('from', true);
      const bytes = await (await fetch(file.url)).text();
      seen.push([
        command.locale,
        command.inGuild(),
        command.user.username,
        command.options.getString('prompt'),
        file.name,
        bytes,
      ]);
      await command.reply('ok');
    };
    const grete = discord.user({ username: 'grete', locale: 'de' });
    const from = { filename: 'start.txt', bytes: Buffer.from('bytes'), contentType: 'text/plain' };
    const used = await grete.command('imagine', { prompt: 'ein Fuchs', from }, { dm: true });
    await used.reply();
    expect(seen).toEqual([['de', false, 'grete', 'ein Fuchs', 'start.txt', 'bytes']]);
    expect(grete.sees({ dm: true }).map((message) => message.content)).toEqual(['ok']);
  });

  it('completes an option', async () => {
    answer = async (interaction) => {
      if (!interaction.isAutocomplete()) throw new Error('not an autocomplete');
      await interaction.respond([{ name: `${interaction.options.getFocused()}colour`, value: 'watercolour' }]);
    };
    const choices = await discord.user().autocomplete('imagine', 'style', 'water');
    expect(choices).toEqual([{ name: 'watercolour', value: 'watercolour' }]);
    await expect(discord.user().autocomplete('imagine', 'prompt', 'x')).rejects.toThrow(ClientRefusal);
  });

  it.each([
    ['an unknown command', 'paint', {}],
    ['a missing option', 'imagine', {}],
    ['an unknown option', 'imagine', { prompt: 'x', size: 3 }],
    ['a text that is too long', 'imagine', { prompt: 'x'.repeat(51) }],
    ['a number out of bounds', 'imagine', { prompt: 'x', count: 5 }],
    ['a value of the wrong type', 'imagine', { prompt: 'x', count: 'two' }],
    ['a command for managers', 'server channels', {}],
  ])('does not send %s', async (_what, name, options) => {
    await expect(discord.user().command(name, options)).rejects.toThrow(ClientRefusal);
  });

  it('offers a command for managers to a manager', async () => {
    answer = (interaction) =>
      (interaction as ChatInputCommandInteraction).reply(
        (interaction as ChatInputCommandInteraction).options.getSubcommand(),
      );
    const used = await discord.user({ permissions: 32n }).command('server channels');
    expect((await used.reply()).content).toBe('channels');
  });

  it('answers as the vendor describes', async (context) => {
    await bot.client.application.fetch();
    await bot.client.user.fetch();
    const somebody = await bot.client.users.fetch(discord.user().id);
    const sent = await somebody.send({ content: 'hello', nonce: '1', enforceNonce: true });
    await sent.edit('hello again');
    await sent.fetch();
    await bot.client.channels.fetch(channel.id, { allowUnknownGuild: true });
    await sent.delete();
    checkAnswersAgainstSpec(context, discord.calls);
  });

  it('made only calls that the vendor describes', (context) => {
    checkCallsAgainstSpec(context, discord.calls);
  });
});

async function draw(interaction: ChatInputCommandInteraction, picture: Buffer): Promise<void> {
  const prompt = interaction.options.getString('prompt', true);
  await interaction.deferReply();
  await interaction.editReply(`Drawing ${prompt} ×${interaction.options.getInteger('count')}`);
  const row = new ActionRowBuilder<ButtonBuilder>().addComponents(
    new ButtonBuilder().setCustomId('keep:1').setLabel('Keep').setEmoji('⭐').setStyle(ButtonStyle.Secondary),
  );
  const file = new AttachmentBuilder(picture, { name: 'fox.png', description: prompt });
  await interaction.editReply({ content: '', files: [file], components: [row] });
}

async function favourite(interaction: ButtonInteraction): Promise<void> {
  const row = new ActionRowBuilder<ButtonBuilder>().addComponents(
    new ButtonBuilder().setCustomId('kept').setLabel('Kept').setStyle(ButtonStyle.Secondary).setDisabled(true),
  );
  await interaction.update({ components: [row] });
}

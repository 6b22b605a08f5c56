import type { ChatInputCommandInteraction } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBot } from './bot-for-test.ts';
import type { DiscordEmulator, InteractionHandle, PersonHandle } from './index.ts';
import { startDiscord } from './index.ts';

const MINUTE = 60_000;

describe('the life of an interaction', () => {
  let now: number;
  let discord: DiscordEmulator;
  let bot: Awaited<ReturnType<typeof startBot>>;
  let received: Promise<ChatInputCommandInteraction>;
  let ada: PersonHandle;
  let used: InteractionHandle;

  beforeEach(async () => {
    now = Date.UTC(2026, 0, 1);
    discord = await startDiscord({ clock: { now: () => now } });
    const { promise, resolve } = Promise.withResolvers<ChatInputCommandInteraction>();
    received = promise;
    bot = await startBot(discord, async (interaction) => resolve(interaction as ChatInputCommandInteraction));
    await bot.client.application.commands.set([{ name: 'account', description: 'x' }]);
    ada = discord.user();
    used = await ada.command('account');
  });
  afterEach(async () => {
    await bot.stop();
    await discord.close();
  });

  it('takes no first response after three seconds', async () => {
    const command = await received;
    now += 3_001;
    await expect(command.deferReply()).rejects.toMatchObject({ status: 404, code: 10062 });
    await expect(used.reply({ timeout: 20 })).rejects.toThrow('"account" is not acknowledged');
  });

  it('takes only one first response', async () => {
    const command = await received;
    const callback = `/interactions/${command.id}/${command.token}/callback` as const;
    await bot.client.rest.post(callback, { body: { type: 5 }, auth: false });
    await expect(bot.client.rest.post(callback, { body: { type: 5 }, auth: false })).rejects.toMatchObject({
      status: 400,
      code: 40060,
    });
  });

  it('refuses responses that a command cannot have', async () => {
    const command = await received;
    const callback = `/interactions/${command.id}/${command.token}/callback` as const;
    for (const body of [
      { type: 6 },
      { type: 7, data: { content: 'x' } },
      { type: 8, data: { choices: [] } },
      { type: 10 },
      {},
    ]) {
      await expect(bot.client.rest.post(callback, { body, auth: false })).rejects.toMatchObject({
        status: 400,
        code: 50035,
      });
    }
  });

  it('has nothing to edit or follow before the first response', async () => {
    const command = await received;
    const webhook = `/webhooks/${discord.applicationId}/${command.token}` as const;
    await expect(
      bot.client.rest.patch(`${webhook}/messages/@original`, { body: { content: 'x' }, auth: false }),
    ).rejects.toMatchObject({ status: 404, code: 10008 });
    await expect(bot.client.rest.post(webhook, { body: { content: 'x' }, auth: false })).rejects.toMatchObject({
      status: 404,
      code: 10015,
    });
  });

  it('edits for fifteen minutes and no longer', async () => {
    const command = await received;
    await command.deferReply();
    now += 15 * MINUTE;
    await command.editReply('just in time');
    expect((await used.reply()).content).toBe('just in time');
    now += 1;
    await expect(command.editReply('too late')).rejects.toMatchObject({ status: 401, code: 50027 });
    await expect(command.followUp('too late')).rejects.toMatchObject({ status: 401, code: 50027 });
  });

  it('expires when a test says so', async () => {
    const command = await received;
    await command.deferReply();
    discord.expireToken(used.token);
    await expect(command.editReply('too late')).rejects.toMatchObject({ status: 401, code: 50027 });
  });

  it('keeps a deferral ephemeral though the edit and the first follow-up want it otherwise', async () => {
    const command = await received;
    await command.deferReply({ flags: 64 });
    await command.followUp({ content: 'public?' });
    expect(await used.reply()).toMatchObject({ content: 'public?', ephemeral: true });
    await command.deleteReply();
    expect((await used.deleted()).content).toBe('public?');
    await expect(command.editReply('gone')).rejects.toMatchObject({ code: 10008 });
  });

  it('opens a form and takes it back filled in', async () => {
    const command = await received;
    const input = { type: 4, style: 1, custom_id: 'prompt', label: 'Prompt', max_length: 10 } as const;
    await command.showModal({ title: 'Remix', custom_id: 'remix', components: [{ type: 1, components: [input] }] });
    expect(await used.modal()).toMatchObject({ title: 'Remix' });
    const filled = new Promise<string>((resolve) => {
      bot.client.once('interactionCreate', (interaction) => {
        if (interaction.isModalSubmit()) resolve(interaction.fields.getTextInputValue('prompt'));
      });
    });
    await expect(discord.user().submitModal(used, { prompt: 'x' })).rejects.toThrow('no such form');
    await expect(ada.submitModal(used, { prompt: 'x'.repeat(11) })).rejects.toThrow('1 to 10 characters');
    await ada.submitModal(used, { prompt: 'a blue fox' });
    expect(await filled).toBe('a blue fox');
  });
});

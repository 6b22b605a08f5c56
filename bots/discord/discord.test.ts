import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Reply } from '../chat.ts';
import { createDiscord } from './index.ts';
import { createFakeCore, logLines, makePicture, startBench } from './test-bench.ts';

const said = (html: string, rest: Partial<Reply> = {}): Reply => ({ html, private: false, ...rest });
/** Longer than the surface waits before it announces an answer. */
const slowly = <T>(reply: T) => wait(1_200).then(() => reply);
const again = { action: 'again', id: '0190a1b2-0000-7000-8000-000000000001', style: 'secondary' } as const;

let bench: Awaited<ReturnType<typeof startBench>>;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.close());

describe('starting', () => {
  it('registers the commands once and again only when they changed', async () => {
    const puts = () => bench.discord.calls.filter((call) => call.method === 'PUT').length;
    expect(bench.discord.commands().map((command) => command.name)).toEqual(['help', 'imagine', 'show']);
    const second = createDiscord({ core: bench.core, dispatch: bench.dispatch });
    await second.start();
    await second.stop();
    expect(puts()).toBe(1);
    const third = createDiscord({
      core: bench.core,
      dispatch: { ...bench.dispatch, commands: bench.dispatch.commands.slice(1) },
    });
    await third.start();
    await third.stop();
    expect(puts()).toBe(2);
  });

  it('names the cure when the token is wrong, and not the token', async () => {
    const core = createFakeCore({ token: 'bad.secret.token', apiUrl: bench.discord.apiUrl });
    const surface = createDiscord({ core, dispatch: bench.dispatch });
    const fault = await surface.start().catch((error: Error) => error);
    expect(fault).toMatchObject({ message: expect.stringContaining('DISCORD_TOKEN') });
    expect(JSON.stringify([String(fault), logLines(core)])).not.toContain('bad.secret');
  });
});

describe('answering commands', () => {
  it('tells dispatch who asks, where and in which language', async () => {
    const carla = bench.discord.user({ username: 'carla', locale: 'es-ES' });
    const handle = await carla.command('imagine', { prompt: 'a fox', count: 2, aspect: '16:9' });
    await handle.reply();
    expect(bench.dispatch.inbounds[0]).toMatchObject({
      platform: 'discord',
      userId: carla.id,
      displayName: 'carla',
      locale: 'es-ES',
      requestId: handle.id,
      action: { type: 'command', name: 'imagine', input: { prompt: 'a fox', count: 2, aspect: '16:9' } },
      replyTo: {
        platform: 'discord',
        channelId: bench.channel.id,
        guildId: bench.channel.guildId,
        ephemeral: false,
        messageId: null,
      },
    });
  });

  it('answers at once when the reply is there at once', async () => {
    bench.dispatch.answer(said('Fine', { private: true }));
    const handle = await bench.asker.command('help');
    expect(await handle.acknowledged()).toBe(4);
    expect(await handle.reply()).toMatchObject({ content: 'Fine', ephemeral: true });
  });

  it('announces an answer that takes longer, openly or not as the command is', async () => {
    bench.dispatch.answer((inbound) =>
      slowly(said('Late', { private: inbound.action.type === 'command' && inbound.action.name === 'help' })),
    );
    const [open, secret] = await Promise.all([
      bench.asker.command('imagine', { prompt: 'x' }),
      bench.asker.command('help'),
    ]);
    expect(await open.acknowledged()).toBe(5);
    expect(await open.reply()).toMatchObject({ content: 'Late', ephemeral: false });
    expect(await secret.acknowledged()).toBe(5);
    expect(await secret.reply()).toMatchObject({ content: 'Late', ephemeral: true });
  });

  it('takes a public announcement back when the answer turns out private', async () => {
    bench.dispatch.answer(() => slowly(said('You have none left', { private: true })));
    const handle = await bench.asker.command('imagine', { prompt: 'x' });
    await handle.deleted();
    expect(await handle.followUp()).toMatchObject({ content: 'You have none left', ephemeral: true });
    expect(bench.bystander.sees()).toEqual([]);
  });

  it('uploads the images of a reply, with descriptions and clean names', async () => {
    bench.dispatch.answer(said('Here', { private: true, images: [await makePicture('A fox')] }));
    const handle = await bench.asker.command('show', { id: 'abc' });
    const message = await handle.reply();
    expect(message).toMatchObject({
      ephemeral: true,
      attachments: [{ description: 'A fox', filename: 'a_red_fox.png', contentType: 'image/png' }],
    });
  });

  it('says so when the images of an announced reply cannot be read', async () => {
    const broken = { ...(await makePicture()), bytes: () => Promise.reject(new Error('no such file')) };
    bench.dispatch.answer(said('Here', { private: true, images: [broken] }));
    const handle = await bench.asker.command('show', { id: 'abc' });
    expect(await handle.reply()).toMatchObject({
      content: expect.stringContaining('errors.internal'),
      ephemeral: true,
    });
  });

  it('never notifies anyone nor shows previews', async () => {
    bench.dispatch.answer(said('@everyone https://evil.example'));
    await (await bench.asker.command('imagine', { prompt: 'x' })).reply();
    const call = bench.discord.calls.find((each) => each.template.endsWith('/callback'));
    expect(call?.body).toMatchObject({ data: { allowed_mentions: { parse: [] }, flags: 4 } });
  });

  it.each([{ status: 503 }, { reset: 'before' as const }, { reset: 'after' as const }])(
    'answers once although Discord stumbles: %o',
    async (failure) => {
      bench.discord.failNext({ route: 'POST /interactions/{interaction_id}/{interaction_token}/callback', ...failure });
      bench.dispatch.answer(said('Fine', { follow: 'generation-1' }));
      const handle = await bench.asker.command('imagine', { prompt: 'x' });
      const message = await handle.reply();
      expect(await bench.kept('generation-1')).toMatchObject({ messageId: message.id, message: '@original' });
      expect(bench.channel.messages).toHaveLength(1);
    },
  );

  it('lets nothing secret into the log when an answer fails', async () => {
    bench.discord.failNext({
      route: 'POST /interactions/{interaction_id}/{interaction_token}/callback',
      status: 500,
      times: 2,
    });
    bench.dispatch.answer(said('the answer itself'));
    const handle = await bench.asker.command('imagine', { prompt: 'a secret fox' });
    await expect.poll(() => logLines(bench.core).filter((line) => line.level === 'warn')).toHaveLength(1);
    const written = JSON.stringify(logLines(bench.core));
    expect(written).toContain('Discord answered 500');
    for (const secret of [handle.token, 'secret fox', 'the answer itself', bench.discord.token])
      expect(written).not.toContain(secret);
  });

  it('finishes what is in hand before it stops', async () => {
    const { promise: asked, resolve: noteAsked } = Promise.withResolvers<void>();
    bench.dispatch.answer(() => {
      noteAsked();
      return slowly(said('Late'));
    });
    const handle = await bench.asker.command('imagine', { prompt: 'x' });
    await asked;
    await bench.surface.stop();
    expect(handle.history().at(-1)).toMatchObject({ content: 'Late', loading: false });
  });
});

describe('answering buttons', () => {
  async function press(reply: Reply | (() => Promise<Reply>), shown: Partial<Reply> = {}) {
    bench.dispatch.answer(said('Here', { buttons: [[again]], ...shown }));
    const message = await (await bench.asker.command('imagine', { prompt: 'x' })).reply();
    bench.dispatch.answer(reply);
    return { message, handle: await bench.asker.click(message, 'again (en-US)') };
  }

  it('replaces the message with the button, its buttons included', async () => {
    const { message, handle } = await press(said('Gone', { mode: 'replace' }));
    expect(await handle.acknowledged()).toBe(7);
    expect(await handle.reply()).toMatchObject({ id: message.id, content: 'Gone', buttons: [] });
  });

  it('replaces it later when the answer takes longer', async () => {
    const { message, handle } = await press(() => slowly(said('Gone', { mode: 'replace' })));
    expect(await handle.acknowledged()).toBe(6);
    expect(await handle.reply()).toMatchObject({ id: message.id, content: 'Gone' });
  });

  it('adds a message when the answer takes longer, and keeps its address', async () => {
    const { message, handle } = await press(() => slowly(said('Again', { follow: 'generation-2' })));
    const added = await handle.followUp();
    expect(added).toMatchObject({ content: 'Again', ephemeral: false });
    const replyTo = await bench.kept('generation-2');
    await bench.surface.deliver(replyTo, said('Done'), 'key');
    expect(bench.channel.messages.map(({ id, content }) => ({ id, content }))).toEqual([
      { id: message.id, content: 'Here' },
      { id: added.id, content: 'Done' },
    ]);
  });

  it('never puts a private answer in place of what others see', async () => {
    const { message, handle } = await press(said('Only for you', { mode: 'replace', private: true }));
    expect(await handle.reply()).toMatchObject({ content: 'Only for you', ephemeral: true });
    expect(bench.channel.messages).toMatchObject([{ id: message.id, content: 'Here' }]);
  });

  it('does not take a result of a press for the message that was pressed', async () => {
    const { message } = await press(said('Again'));
    await expect.poll(() => bench.channel.messages).toHaveLength(2);
    const replyTo = bench.dispatch.inbounds[1]?.replyTo as never;
    expect(await bench.surface.deliver(replyTo, said('Result'), 'key')).toBe('channel');
    expect(bench.channel.messages[0]).toMatchObject({ id: message.id, content: 'Here' });
  });
});

describe('completing options', () => {
  it('offers at most 25, with names that Discord takes', async () => {
    bench.dispatch.suggestions = [
      { value: 'v'.repeat(101), label: 'too long to use' },
      ...Array.from({ length: 40 }, (_, index) => ({ value: `v${index}`, label: `${index} ${'🦊'.repeat(100)}` })),
    ];
    const choices = await bench.asker.autocomplete('imagine', 'style', 'wat');
    expect(choices).toHaveLength(25);
    expect(choices[0]).toMatchObject({ value: 'v0', name: expect.stringMatching(/^0 🦊+$/u) });
  });

  it('hands over what was typed', async () => {
    const asked: unknown[] = [];
    bench.dispatch.suggest = async (_inbound, ...rest) => {
      asked.push(rest);
      return [];
    };
    expect(await bench.asker.autocomplete('show', 'id', 'ab')).toEqual([]);
    expect(asked).toEqual([['show', 'id', 'ab']]);
  });

  it('offers nothing rather than something too late', async () => {
    const { promise: never } = Promise.withResolvers<never>();
    bench.dispatch.suggest = () => never;
    expect(await bench.asker.autocomplete('imagine', 'style', 'wat')).toEqual([]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReplyTo } from '../../core/index.ts';
import type { Reply } from '../chat.ts';
import { makePicture, startBench } from './test-bench.ts';

const original = '/webhooks/{webhook_id}/{webhook_token}/messages/@original';
const said = (html: string, rest: Partial<Reply> = {}): Reply => ({ html, private: false, ...rest });

let bench: Awaited<ReturnType<typeof startBench>>;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.close());

/** Asks for something and gives the first answer with its kept address. */
async function ask(options: { private?: boolean; dm?: boolean } = {}) {
  bench.dispatch.answer(said('Waiting', { private: options.private ?? false, follow: 'generation' }));
  const handle = await bench.asker.command(
    'imagine',
    { prompt: 'x' },
    options.dm ? { dm: true } : { channel: bench.channel },
  );
  const first = await handle.reply();
  return { handle, first, replyTo: await bench.kept('generation') };
}
const expired = (replyTo: ReplyTo): ReplyTo => ({ ...replyTo, tokenExpiresAt: Date.now() - 1 });
const callsTo = (template: string) => bench.discord.calls.filter((call) => call.template === template);
const direct = () => bench.asker.sees({ dm: true });

describe('while the reply token lives', () => {
  it('edits the reply, privately where that was private', async () => {
    const { first, replyTo } = await ask({ private: true });
    expect(await bench.surface.deliver(replyTo, said('Done', { images: [await makePicture()] }), 'key')).toBe('reply');
    expect(bench.asker.sees()).toMatchObject([{ id: first.id, content: 'Done', ephemeral: true, attachments: [{}] }]);
    expect(bench.bystander.sees()).toEqual([]);
  });

  it('leaves out what is larger than Discord takes there, and says so', async () => {
    const { replyTo } = await ask();
    const images = [await makePicture('small'), await makePicture('large', 10 * 1024 * 1024 + 1)];
    expect(await bench.surface.deliver(replyTo, said('Done', { images }), 'key')).toBe('reply');
    const [message] = bench.channel.messages;
    expect(message?.attachments.map((file) => file.description)).toEqual(['small']);
    expect(message?.content).toContain('too\\_large');
    expect(message?.content).toContain('(<https://easel.example/>)');
  });

  it.each([
    { status: 500, times: 2 },
    { reset: 'before' as const, times: 2 },
  ])('asks to be tried again while Discord stumbles: %o', async (failure) => {
    const { replyTo } = await ask();
    bench.discord.failNext({ route: `PATCH ${original}`, ...failure });
    await expect(bench.surface.deliver(replyTo, said('Done'), 'key')).rejects.toMatchObject({
      unreachable: false,
      retryAfterMs: null,
    });
    expect(await bench.surface.deliver(replyTo, said('Done'), 'key')).toBe('reply');
    expect(bench.channel.messages).toMatchObject([{ content: 'Done' }]);
  });

  it('waits out a short rate limit and hands a long one back', async () => {
    const { replyTo } = await ask();
    bench.discord.failNext({ route: `PATCH ${original}`, status: 429, retryAfter: 0.2 });
    expect(await bench.surface.deliver(replyTo, said('Done'), 'key')).toBe('reply');
    bench.discord.failNext({ route: `PATCH ${original}`, status: 429, retryAfter: 60 });
    const fault = await bench.surface.deliver(replyTo, said('Done'), 'key').catch((error: unknown) => error);
    expect(fault).toMatchObject({ unreachable: false, retryAfterMs: expect.closeTo(60_000, -3) });
    expect(String(fault)).not.toContain(String(replyTo.token));
  });

  it('lets no late progress take the place of the result', async () => {
    const { replyTo } = await ask();
    await bench.surface.deliver(replyTo, said('Done'), 'key');
    await bench.surface.showProgress(replyTo, said('Almost'));
    expect(bench.channel.messages).toMatchObject([{ content: 'Done' }]);
  });

  it('tries again when an image cannot be read now', async () => {
    const { replyTo } = await ask();
    const broken = { ...(await makePicture()), bytes: () => Promise.reject(new Error('no such file')) };
    await expect(bench.surface.deliver(replyTo, said('Done', { images: [broken] }), 'key')).rejects.toMatchObject({
      unreachable: false,
      message: 'The images could not be read',
    });
    expect(bench.channel.messages).toMatchObject([{ content: 'Waiting' }]);
  });

  it('never edits a private result into a public reply', async () => {
    const { replyTo } = await ask();
    expect(await bench.surface.deliver(replyTo, said('Your secret', { private: true }), 'key')).toBe('direct');
    expect(bench.channel.messages).toMatchObject([{ content: 'Waiting' }]);
    expect(direct()).toMatchObject([{ content: expect.stringContaining('Your secret') }]);
  });
});

describe('when the token has run out', () => {
  it('answers in the channel, once, to the message that promised it, notifying nobody', async () => {
    const { handle, first, replyTo } = await ask();
    bench.discord.expireToken(handle.token);
    const reply = said('Done', { images: [await makePicture()] });
    expect(await bench.surface.deliver(replyTo, reply, 'key')).toBe('channel');
    expect(await bench.surface.deliver(replyTo, reply, 'key')).toBe('channel');
    expect(bench.channel.messages).toMatchObject([{ id: first.id }, { attachments: [{}] }]);
    expect(bench.channel.messages[1]?.content).toMatch(
      new RegExp(`^<@${bench.asker.id}> · .*from\\\\_channel <t:\\d+:f> \\(<t:\\d+:R>\\)\nDone$`),
    );
    expect(callsTo('/channels/{channel_id}/messages')[0]?.body).toMatchObject({
      allowed_mentions: { parse: [] },
      message_reference: { message_id: first.id, fail_if_not_exists: false },
      nonce: expect.stringMatching(/^[\w-]{25}$/),
      enforce_nonce: true,
    });
  });

  it('shows a result once although the answer to the first sending was lost', async () => {
    const { replyTo } = await ask();
    bench.discord.failNext({ route: 'POST /channels/{channel_id}/messages', reset: 'after' });
    await expect(bench.surface.deliver(expired(replyTo), said('Done'), 'key')).rejects.toMatchObject({
      unreachable: false,
    });
    expect(await bench.surface.deliver(expired(replyTo), said('Done'), 'key')).toBe('channel');
    expect(bench.channel.messages).toHaveLength(2);
  });

  it('does not even try the token after its time', async () => {
    const { replyTo } = await ask();
    expect(await bench.surface.deliver(expired(replyTo), said('Done'), 'key')).toBe('channel');
    await bench.surface.showProgress(expired(replyTo), said('Half'));
    expect(callsTo(original)).toEqual([]);
  });

  it.each([50001, 50013, 10003] as const)('writes to the asker when the channel refuses with %i', async (code) => {
    const { replyTo } = await ask();
    bench.channel.refuse(code);
    expect(await bench.surface.deliver(expired(replyTo), said('Done'), 'key')).toBe('direct');
    expect(await bench.surface.deliver(expired(replyTo), said('Done'), 'key')).toBe('direct');
    expect(direct()).toHaveLength(1);
    expect(direct()[0]?.content).toContain(
      `(<https://discord.com/channels/${bench.channel.guildId}/${bench.channel.id}>)\nDone`,
    );
  });

  it('takes a private result straight to the asker', async () => {
    const { replyTo } = await ask({ private: true });
    expect(await bench.surface.deliver(expired(replyTo), said('Done'), 'key')).toBe('direct');
    expect(callsTo('/channels/{channel_id}/messages').map((call) => call.path)).not.toContain(
      `/channels/${bench.channel.id}/messages`,
    );
    expect(bench.bystander.sees()).toEqual([]);
    expect(direct()).toHaveLength(1);
  });

  it('says that nobody can be reached when direct messages are refused too', async () => {
    const { replyTo } = await ask({ private: true });
    bench.asker.refuseDirectMessages(true);
    await expect(bench.surface.deliver(expired(replyTo), said('Done'), 'key')).rejects.toMatchObject({
      name: 'DeliveryError',
      unreachable: true,
      message: 'Discord answered 403 (50007)',
    });
  });

  it('keeps the note on where it came from when the text is cut', async () => {
    const { replyTo } = await ask();
    await bench.surface.deliver(expired(replyTo), said('x'.repeat(5_000)), 'key');
    const content = bench.channel.messages[1]?.content ?? '';
    expect(content).toHaveLength(2000);
    expect(content).toContain('from\\_channel');
  });

  it('answers where it was asked in a private chat', async () => {
    const { replyTo } = await ask({ dm: true });
    expect(await bench.surface.deliver(expired(replyTo), said('Done'), 'key')).toBe('channel');
    expect(direct().map((message) => message.content)).toEqual(['Waiting', expect.stringContaining('Done')]);
  });
});

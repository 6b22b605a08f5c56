import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReplyTo } from '../../core/index.ts';
import type { Recipient, Reply } from '../chat.ts';
import { startBench } from './test-bench.ts';

const followUps = '/webhooks/{webhook_id}/{webhook_token}';
const sending = 'POST /channels/{channel_id}/messages';
const payment: Reply = { html: 'Your payment is in', private: true };

let bench: Awaited<ReturnType<typeof startBench>>;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.close());

/** Someone asks for something in the channel; gives how to tell them more about it. */
async function ask() {
  bench.dispatch.answer({ html: 'Pay here', private: true, follow: 'generation' });
  const handle = await bench.asker.command('imagine', { prompt: 'x' }, { channel: bench.channel });
  await handle.reply();
  const replyTo = await bench.kept('generation');
  return { handle, to: { userId: bench.asker.id, replyTo, locale: 'en' } satisfies Recipient };
}
const stranger = () => ({ userId: bench.asker.id, replyTo: null, locale: 'en' });
const callsTo = (template: string) => bench.discord.calls.filter((call) => call.template === template);
const direct = () => bench.asker.sees({ dm: true });

describe('while the token of what was asked lives', () => {
  it('is told under it, for the asker only', async () => {
    const { to } = await ask();
    expect(await bench.surface.notify(to, payment, 'key')).toBe('reply');
    expect(bench.asker.sees()).toMatchObject([{ content: 'Pay here' }, { content: payment.html, ephemeral: true }]);
    expect(bench.bystander.sees()).toEqual([]);
    expect(direct()).toEqual([]);
    expect(callsTo(followUps)).toMatchObject([{ body: { flags: 4 | 64, allowed_mentions: { parse: [] } } }]);
  });

  it('does not take the place of an answer that everyone will see', async () => {
    const { promise, resolve: answer } = Promise.withResolvers<Reply>();
    bench.dispatch.answer(() => promise);
    const handle = await bench.asker.command('imagine', { prompt: 'x' }, { channel: bench.channel });
    expect(await handle.acknowledged()).toBe(5);
    const replyTo = bench.dispatch.inbounds[0]?.replyTo as ReplyTo;
    await expect(bench.surface.notify({ ...stranger(), replyTo }, payment, 'key')).rejects.toMatchObject({
      unreachable: false,
      retryAfterMs: 3_000,
    });
    expect(callsTo(followUps)).toEqual([]);
    answer({ html: 'For all', private: false });
    await handle.reply();
    expect(await bench.surface.notify({ ...stranger(), replyTo }, payment, 'key')).toBe('reply');
    expect(bench.bystander.sees()).toMatchObject([{ content: 'For all' }]);
  });

  it('is told directly when Discord has closed the token early', async () => {
    const { handle, to } = await ask();
    bench.discord.expireToken(handle.token);
    expect(await bench.surface.notify(to, payment, 'key')).toBe('direct');
    expect(direct()).toMatchObject([{ content: payment.html }]);
  });

  it('is not told again directly when the token has run out in the meantime', async () => {
    const { to } = await ask();
    await bench.surface.notify(to, payment, 'key');
    const later = { ...to, replyTo: { ...to.replyTo, tokenExpiresAt: Date.now() - 1 } };
    expect(await bench.surface.notify(later, payment, 'key')).toBe('reply');
    expect(direct()).toEqual([]);
  });

  it('asks to be tried again while Discord stumbles', async () => {
    const { to } = await ask();
    bench.discord.failNext({ route: `POST ${followUps}`, status: 500 });
    await expect(bench.surface.notify(to, payment, 'key')).rejects.toMatchObject({ unreachable: false });
    expect(await bench.surface.notify(to, payment, 'key')).toBe('reply');
    expect(direct()).toEqual([]);
  });
});

describe('as a direct message', () => {
  it('is told after the token has run out, without trying it', async () => {
    const { to } = await ask();
    const late = { ...to, replyTo: { ...to.replyTo, tokenExpiresAt: Date.now() - 1 } };
    expect(await bench.surface.notify(late, payment, 'key')).toBe('direct');
    expect(callsTo(followUps)).toEqual([]);
    expect(direct()).toMatchObject([{ content: payment.html, ephemeral: false }]);
  });

  it('is told once although the answer to the first sending was lost', async () => {
    bench.discord.failNext({ route: sending, reset: 'after' });
    await expect(bench.surface.notify(stranger(), payment, 'key')).rejects.toMatchObject({ unreachable: false });
    expect(await bench.surface.notify(stranger(), payment, 'key')).toBe('direct');
    expect(direct()).toHaveLength(1);
  });

  it('says that nobody is reached who takes no messages from the bot', async () => {
    bench.asker.refuseDirectMessages(true);
    await expect(bench.surface.notify(stranger(), payment, 'key')).rejects.toMatchObject({
      name: 'DeliveryError',
      unreachable: true,
      message: 'Discord answered 403 (50007)',
    });
  });

  it('waits when the bot has begun too many private chats', async () => {
    bench.discord.refuseNewDirectMessages(true);
    await expect(bench.surface.notify(stranger(), payment, 'key')).rejects.toMatchObject({
      unreachable: false,
      message: 'Discord answered 403 (40003)',
    });
    bench.discord.refuseNewDirectMessages(false);
    expect(await bench.surface.notify(stranger(), payment, 'key')).toBe('direct');
  });
});

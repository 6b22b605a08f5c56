import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Reply } from '../chat.ts';
import { startTestBot, type TestBot } from './test-bot.ts';

const payment: Reply = { html: 'Your payment is in', private: true };

let bot: TestBot;
beforeEach(async () => {
  bot = await startTestBot();
  await bot.surface.start();
});
afterEach(() => bot.close());

const tell = (userId: number) =>
  bot.surface.notify({ userId: String(userId), replyTo: null, locale: 'en' }, payment, 'key');

describe('a notice on Telegram', () => {
  it('waits as long as Telegram wants to be left alone', async () => {
    bot.telegram.failNext({ method: 'sendMessage', retryAfter: 30 });
    await expect(tell(501)).rejects.toMatchObject({ unreachable: false, retryAfterMs: 30_000 });
    expect(bot.telegram.violations).toEqual([]);
  });

  it('is tried again when Telegram stumbles, and is there once', async () => {
    bot.telegram.failNext({ method: 'sendMessage', status: 502 });
    await expect(tell(501)).rejects.toMatchObject({ unreachable: false });
    expect(await tell(501)).toBe('direct');
    expect(bot.chats.ann.messages.filter(({ fromBot }) => fromBot).map(({ text }) => text)).toEqual([payment.html]);
  });

  it.each([
    ['has blocked the bot', () => bot.people.ann.block(), 501, '403: Forbidden: bot was blocked by the user'],
    ['has never written to it', () => {}, 999, '400: Bad Request: chat not found'],
    ['has only met it in a group', () => {}, 502, "403: Forbidden: bot can't initiate conversation with a user"],
  ])('cannot reach someone who %s', async (_name, arrange, userId, message) => {
    arrange();
    await expect(tell(userId)).rejects.toMatchObject({ name: 'DeliveryError', unreachable: true, message });
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { Telegraf, type TelegramError } from 'telegraf';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTelegram, type TelegramEmulator } from './index.ts';

const ann = { id: 501, first_name: 'Ann' };

let emulator: TelegramEmulator;
let bot: Telegraf;

beforeEach(async () => {
  emulator = await startTelegram();
  bot = makeBot(emulator);
});

afterEach(() => emulator.close());

describe('limits', () => {
  test('a burst passes, then 429 with the seconds to wait; waiting is rewarded, not waiting is recorded', async () => {
    await emulator.close();
    emulator = await startTelegram({ limits: { privateBurst: 3, privatePerSecond: 1 } });
    bot = makeBot(emulator);
    await openChat();
    const send = () => bot.telegram.sendMessage(ann.id, 'hi');
    for (let count = 0; count < 3; count += 1) await send();
    const refused = (await send().catch((error: unknown) => error)) as TelegramError;
    expect(refused.description).toBe('Too Many Requests: retry after 1');
    expect(refused.parameters).toEqual({ retry_after: 1 });
    expect(emulator.violations).toEqual([]);
    await sleep(200);
    await expect(send()).rejects.toThrow('429');
    expect(emulator.violations).toMatchObject([{ method: 'sendMessage', chat: ann.id }]);
    await sleep(1000);
    await send();
    expect(emulator.violations).toHaveLength(1);
  });

  test('a group takes twenty messages a minute', async () => {
    const group = emulator.group('Painters', [ann]);
    const sent = Array.from({ length: 21 }, () => bot.telegram.sendMessage(group.id, 'hi'));
    const results = await Promise.allSettled(sent);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    const refused = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect((refused.reason as TelegramError).parameters?.retry_after).toBe(3);
  });

  test('about thirty messages a second go out over all chats', async () => {
    const people = Array.from({ length: 200 }, (_, index) => ({ id: 900 + index, first_name: `P${index}` }));
    for (const person of people) await emulator.user(person).send(emulator.privateChat(person), '/start');
    const began = performance.now();
    const results = await Promise.allSettled(people.map(({ id }) => bot.telegram.sendMessage(id, 'news')));
    const seconds = (performance.now() - began) / 1000;
    const passed = results.filter(({ status }) => status === 'fulfilled').length;
    expect(passed).toBeGreaterThanOrEqual(30);
    expect(passed).toBeLessThanOrEqual(31 + 30 * seconds);
    expect(results.some(({ status }) => status === 'rejected')).toBe(true);
  });
});

describe('faults on demand', () => {
  test('a status, a wait and a cut connection hit the next call and no other', async () => {
    const { chat } = await openChat();
    emulator.failNext({ method: 'sendMessage', status: 502 });
    await expect(bot.telegram.sendMessage(ann.id, 'one')).rejects.toThrow('502: Bad Gateway');
    emulator.failNext({ method: 'sendMessage', reset: 'after' });
    await expect(bot.telegram.sendMessage(ann.id, 'two')).rejects.toThrow('socket hang up');
    expect((await chat.nextMessage()).text).toBe('two');
    emulator.failNext({ method: 'sendMessage', retryAfter: 7 });
    await expect(bot.telegram.sendMessage(ann.id, 'three')).rejects.toMatchObject({
      response: { parameters: { retry_after: 7 } },
    });
    await expect(bot.telegram.sendMessage(ann.id, 'four')).rejects.toThrow('retry after 7');
    expect(emulator.calls.map(({ status }) => status)).toEqual([502, 0, 429, 429]);
  });
});

function makeBot({ url, token }: TelegramEmulator): Telegraf {
  return new Telegraf(token, { telegram: { apiRoot: url } });
}

async function openChat() {
  const person = emulator.user(ann);
  const chat = emulator.privateChat(ann);
  await person.send(chat, '/start');
  return { person, chat };
}

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Markup, Telegraf } from 'telegraf';
import { afterEach, expect, test } from 'vitest';
import { startTelegram, type TelegramEmulator } from './index.ts';

const ann = { id: 501, first_name: 'Ann', username: 'ann' };
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test('updates come in order with the secret, answers inside the response count as calls', async () => {
  const emulator = await startEmulator({ allowHttpWebhooks: true });
  const bot = new Telegraf(emulator.token, { telegram: { apiRoot: emulator.url } });
  bot.on('text', async (context) => {
    await context.reply(`seen ${context.text}`);
    await context.sendChatAction('typing');
  });
  const address = await listen(bot.webhookCallback('/hook', { secretToken: 'a-secret' }));
  await bot.telegram.setWebhook(`${address}/hook`, { secret_token: 'a-secret' });
  const person = emulator.user(ann);
  const chat = emulator.privateChat(ann);
  for (const text of ['one', 'two', 'three']) await person.send(chat, text);
  for (const text of ['one', 'two', 'three']) expect((await chat.nextMessage()).text).toBe(`seen ${text}`);
  await emulator.waitForCalls('sendChatAction', 3);
  expect(chat.actions).toEqual(['typing', 'typing', 'typing']);
  expect(emulator.calls.filter(({ via }) => via === 'webhook reply').map(({ method }) => method)).toEqual(
    Array.from({ length: 3 }, () => 'sendChatAction'),
  );
  emulator.redeliver(emulator.updates[0] as NonNullable<(typeof emulator.updates)[0]>);
  expect((await chat.nextMessage()).text).toBe('seen one');
});

test('a delivery is repeated until it is answered with 2xx, and the last error is told', async () => {
  const emulator = await startEmulator({ allowHttpWebhooks: true, webhookRetryStep: 20 });
  const { telegram } = new Telegraf(emulator.token, { telegram: { apiRoot: emulator.url } });
  const arrivals: { secret: unknown; at: number }[] = [];
  const address = await listen((request, response) => {
    arrivals.push({ secret: request.headers['x-telegram-bot-api-secret-token'], at: Date.now() });
    response.writeHead(arrivals.length < 4 ? 503 : 200).end();
  });
  await telegram.setWebhook(`${address}/hook`, { secret_token: 'a-secret' });
  await emulator.user(ann).send(emulator.privateChat(ann), 'hello');
  await expect.poll(() => arrivals.length).toBe(4);
  await expect.poll(async () => (await telegram.getWebhookInfo()).pending_update_count).toBe(0);
  expect(arrivals.every(({ secret }) => secret === 'a-secret')).toBe(true);
  const gaps = arrivals.slice(1).map(({ at }, index) => at - (arrivals[index]?.at ?? 0));
  expect(gaps[1]).toBeGreaterThanOrEqual(38);
  expect(gaps[2]).toBeGreaterThanOrEqual(78);
  expect((await telegram.getWebhookInfo()).last_error_message).toBe(
    'Wrong response from the webhook: 503 Service Unavailable',
  );
});

test('a public name leads to loopback, and polling is refused meanwhile', async () => {
  const received: unknown[] = [];
  const address = await listen((request, response) => {
    received.push(request.url);
    response.end();
  });
  const emulator = await startEmulator({ hosts: { 'easel.example': address } });
  const { telegram } = new Telegraf(emulator.token, { telegram: { apiRoot: emulator.url } });
  await telegram.setWebhook('https://easel.example/webhooks/telegram');
  await emulator.user(ann).send(emulator.privateChat(ann), 'hello');
  await expect.poll(() => received).toEqual(['/webhooks/telegram']);
  await expect(telegram.callApi('getUpdates', { offset: 0, limit: 1, timeout: 0 })).rejects.toThrow(
    "409: Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
  );
  await telegram.deleteWebhook();
  expect(await telegram.callApi('getUpdates', { offset: 0, limit: 1, timeout: 0 })).toEqual([]);
});

test.each([
  ['http://easel.example/hook', 'bad webhook: An HTTPS URL must be provided for webhook'],
  ['https://easel.example:3000/hook', 'bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443'],
  ['https://127.0.0.1/hook', 'bad webhook: IP address 127.0.0.1 is reserved'],
  ['https://nowhere.example/hook', 'bad webhook: Failed to resolve host: Name or service not known'],
  ['ftp://easel.example/hook', 'invalid webhook URL specified'],
])('the webhook address %s is refused', async (url, words) => {
  const emulator = await startEmulator({ hosts: { 'easel.example': 'http://127.0.0.1:9' } });
  const { telegram } = new Telegraf(emulator.token, { telegram: { apiRoot: emulator.url } });
  await expect(telegram.setWebhook(url)).rejects.toThrow(`400: Bad Request: ${words}`);
});

test('setting a webhook ends a poll, and setting one twice in a second is too fast', async () => {
  const emulator = await startEmulator({ hosts: { 'easel.example': 'http://127.0.0.1:9' } });
  const { telegram } = new Telegraf(emulator.token, { telegram: { apiRoot: emulator.url } });
  const poll = telegram
    .callApi('getUpdates', { offset: 0, limit: 1, timeout: 30 })
    .catch((error: Error) => error.message);
  await emulator.waitForCalls('getUpdates');
  await telegram.setWebhook('https://easel.example/hook');
  expect(await poll).toBe('409: Conflict: terminated by setWebhook request');
  await expect(telegram.setWebhook('https://easel.example/other')).rejects.toThrow(
    '429: Too Many Requests: retry after 1',
  );
});

test('a button press is delivered too', async () => {
  const emulator = await startEmulator({ allowHttpWebhooks: true });
  const bot = new Telegraf(emulator.token, { telegram: { apiRoot: emulator.url } });
  bot.action('go', (context) => context.answerCbQuery('gone'));
  const address = await listen(bot.webhookCallback('/hook'));
  await bot.telegram.setWebhook(`${address}/hook`);
  const person = emulator.user(ann);
  const chat = emulator.privateChat(ann);
  await person.send(chat, 'hello');
  await bot.telegram.sendMessage(ann.id, 'press', Markup.inlineKeyboard([Markup.button.callback('Go', 'go')]));
  const { answer } = await person.press(await chat.nextMessage(), 'Go');
  expect(await answer).toMatchObject({ text: 'gone' });
});

async function startEmulator(options: Parameters<typeof startTelegram>[0]): Promise<TelegramEmulator> {
  const emulator = await startTelegram(options);
  closing.push(emulator.close);
  return emulator;
}

async function listen(handler: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(handler as NonNullable<typeof handler>).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

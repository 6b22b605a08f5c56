import { once as onceEvent } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { escapeHtml, type ReplyTo, readSettings } from '../../core/index.ts';
import { startTelegram, type TelegramOptions } from '../../test/emulators/telegram/index.ts';
import { createFakeDispatch, type FakeDispatch } from '../fake-dispatch.ts';
import type { TelegramCore } from './core-parts.ts';
import { createTelegram, createTelegramWebhook } from './index.ts';

type Options = {
  mode?: 'polling' | 'webhook';
  token?: string;
  startWithinMs?: number;
  emulator?: TelegramOptions;
  dispatch?: FakeDispatch;
  attachReply?: (generationId: string, replyTo: ReplyTo) => Promise<void>;
};

const ann = { id: 501, first_name: 'Ann', last_name: 'Lee', language_code: 'es-ES' };
const bob = { id: 502, first_name: 'Bob' };

/** For tests: a bot on an emulated Telegram, with two people and a group; Ann has opened her private chat. */
export async function startTestBot({
  mode = 'polling',
  token,
  startWithinMs,
  emulator: options,
  dispatch = createFakeDispatch(),
  attachReply,
}: Options = {}) {
  const telegram = await startTelegram({ allowHttpWebhooks: true, webhookRetryStep: 20, ...options });
  const attached = new Map<string, ReplyTo>();
  const logged: string[] = [];
  const web = createServer((request, response) => void webhook?.(request, response));
  await onceEvent(web.listen(0, '127.0.0.1'), 'listening');
  const webUrl = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  const core = createFakeCore({
    environment: {
      TELEGRAM_BOT_TOKEN: token ?? telegram.token,
      TELEGRAM_API_URL: telegram.url,
      TELEGRAM_MODE: mode,
      PUBLIC_URL: webUrl,
    },
    logged,
    attachReply: attachReply ?? (async (id, replyTo) => void attached.set(id, JSON.parse(JSON.stringify(replyTo)))),
  });
  const webhook = mode === 'webhook' ? createTelegramWebhook({ core, dispatch }) : null;
  const surface = createTelegram({ core, dispatch, retryMs: 20, startWithinMs });
  const people = { ann: telegram.user(ann), bob: telegram.user(bob) };
  const chats = {
    ann: telegram.privateChat(ann),
    bob: telegram.privateChat(bob),
    group: telegram.group('Painters', [ann, bob]),
  };
  await people.ann.send(chats.ann, 'I open this chat before the bot is there');
  await callAsBot(telegram, `getUpdates?offset=${(telegram.updates.at(-1)?.update_id ?? 0) + 1}`);

  async function close(): Promise<void> {
    await surface.stop();
    await webhook?.stop();
    web.closeAllConnections();
    web.close();
    await telegram.close();
  }

  return { telegram, surface, core, dispatch, attached, logged, webUrl, people, chats, close };
}

export type TestBot = Awaited<ReturnType<typeof startTestBot>>;

/** A call with the bot's token past the bot. */
export async function callAsBot({ url, token }: { url: string; token: string }, call: string): Promise<void> {
  await fetch(`${url}/bot${token}/${call}`);
}

type FakeParts = {
  environment: Record<string, string>;
  logged: string[];
  attachReply(generationId: string, replyTo: ReplyTo): Promise<void>;
};

/** Words are their keys and values; what Redis does is done in memory. */
function createFakeCore({ environment, logged, attachReply }: FakeParts): TelegramCore {
  const html = (_locale: string, key: string, values: object = {}) =>
    [key, ...Object.values(values).map((value) => escapeHtml(String(value)))].join(' ');
  const words = {
    html,
    plain: html,
    has: () => true,
    pick: (locale: string | null | undefined) => (locale?.startsWith('es') ? 'es' : 'en'),
    locales: ['en', 'es'],
  };
  return {
    settings: readSettings({ ...environment }),
    log: pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) }),
    words: words as unknown as TelegramCore['words'],
    secrets: { derive: (purpose) => new Uint8Array(32).fill(purpose.length) },
    generations: { attachReply: attachReply as TelegramCore['generations']['attachReply'] },
    pace: createFakePace(),
    once: createFakeOnce(),
  };
}

function createFakePace(): TelegramCore['pace'] {
  const held = new Map<string, number>();
  return {
    take: async (keys) => Math.max(0, ...keys.map(({ key }) => (held.get(key) ?? 0) - Date.now())),
    hold: async (key, milliseconds) => void held.set(key, Date.now() + milliseconds),
  };
}

function createFakeOnce(): TelegramCore['once'] {
  const done = new Map<string, unknown>();
  return {
    async run<T>(key: string, work: () => Promise<T>) {
      if (!done.has(key)) done.set(key, await work());
      return { done: true, value: done.get(key) as T };
    },
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Telegram } from 'telegraf';
import type { TelegramCore } from './core-parts.ts';
import { readFault, TooEarlyError } from './faults.ts';

/** How long a call that puts something into a chat may wait for its turn, and how often it may be tried. */
export type Patience = { maxWaitMs: number; attempts: number };

/** Someone is waiting for an answer. A repeat is worth it even if, rarely, the first came through unnoticed. */
export const patient: Patience = { maxWaitMs: 60_000, attempts: 3 };
/** Whoever asks will ask again. */
export const brief: Patience = { maxWaitMs: 3_000, attempts: 1 };
/** Better not at all than late. Leaves the last turns to those who answer and deliver. */
export const eager: Patience = { maxWaitMs: 0, attempts: 1 };

export type Api = ReturnType<typeof createApi>;

type ChatPayload = { chat_id: number } & Record<string, unknown>;

const callTimeoutMs = 30_000;
const retryMs = 1_000;

/**
 * Calls the Bot API. What goes into a chat goes one after another, within Telegram's limits over all
 * processes (30 a second; 1 a second in a chat; 20 a minute in a group), and waits when Telegram says so.
 */
export function createApi({
  core,
  token,
  apiUrl,
}: {
  core: Pick<TelegramCore, 'pace'>;
  token: string;
  apiUrl: string;
}) {
  const telegram = new Telegram(token, { apiRoot: apiUrl, webhookReply: false });
  const botId = Number(token.split(':')[0]);
  const closing = new AbortController();
  /** Ends of the chats' lines. */
  const lines = new Map<number, Promise<unknown>>();

  /** Any method, at once. Throws TelegramError, or the connection's error. */
  async function call<T>(
    method: string,
    payload: object = {},
    options: { signal?: AbortSignal; timeoutMs?: number } = {},
  ): Promise<T> {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? callTimeoutMs);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    // Telegraf types each method's call; ours come from tables and are checked against an emulator of the API.
    const untyped = telegram.callApi.bind(telegram) as unknown as (
      ...call: [string, object, { signal: AbortSignal }]
    ) => Promise<T>;
    return untyped(method, payload, { signal });
  }

  /** Puts something into a chat, after everything that was sent there before. Throws TooEarlyError when patience ends first. */
  async function send<T>(method: string, payload: ChatPayload, patience: Patience, turns = 1): Promise<T> {
    const before = lines.get(payload.chat_id);
    if (before && patience === eager) throw new TooEarlyError(retryMs);
    const deadline = Date.now() + patience.maxWaitMs;
    const mine = (before ?? Promise.resolve()).then(() =>
      takeTurn<T>(method, payload, { ...patience, deadline, turns, spare: patience === eager ? 2 : 0 }),
    );
    const ended = mine.then(noop, noop);
    lines.set(payload.chat_id, ended);
    void ended.then(() => lines.get(payload.chat_id) === ended && lines.delete(payload.chat_id));
    return mine;
  }

  type Turn = { deadline: number; attempts: number; turns: number; spare: number };
  async function takeTurn<T>(method: string, payload: ChatPayload, turn: Turn): Promise<T> {
    const wait = await core.pace.take(paceKeys(botId, payload.chat_id, turn.spare), turn.turns);
    if (wait > 0) {
      await waitWithin(wait, turn.deadline);
      return takeTurn(method, payload, turn);
    }
    try {
      return await call<T>(method, payload);
    } catch (error) {
      const fault = readFault(error);
      if (fault.kind !== 'later') throw error;
      if (fault.afterMs !== null) await core.pace.hold(chatKey(botId, payload.chat_id), fault.afterMs);
      if (turn.attempts <= 1 || closing.signal.aborted) throw error;
      await waitWithin(fault.afterMs ?? retryMs, turn.deadline);
      return takeTurn(method, payload, { ...turn, attempts: turn.attempts - 1 });
    }
  }

  async function waitWithin(milliseconds: number, deadline: number): Promise<void> {
    if (Date.now() + milliseconds > deadline) throw new TooEarlyError(milliseconds);
    await sleep(milliseconds, undefined, { signal: closing.signal });
  }

  return { botId, call, send, /** Ends all waiting for turns. */ close: () => closing.abort() };
}

const noop = () => {};
const chatKey = (botId: number, chatId: number) => `telegram:${botId}:${chatId}`;

/**
 * In any second at most 28 + 2, in any minute at most 16 + 4 in a group. Groups have negative ids.
 * `spare` turns are left untouched.
 */
function paceKeys(botId: number, chatId: number, spare: number) {
  const chat = chatId < 0 ? { ratePerSecond: 16 / 60, burst: 4 } : { ratePerSecond: 1, burst: 5 };
  return [
    { key: `telegram:${botId}`, ratePerSecond: 28, burst: 2 },
    { key: chatKey(botId, chatId), ratePerSecond: chat.ratePerSecond, burst: chat.burst - spare },
  ];
}

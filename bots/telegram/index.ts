import { setTimeout as sleep } from 'node:timers/promises';
import { TelegramError } from 'telegraf';
import type { Dispatch, Surface } from '../chat.ts';
import { createApi } from './api.ts';
import { createChoices } from './choices.ts';
import type { TelegramCore } from './core-parts.ts';
import { createDelivery } from './deliver.ts';
import { encodeCommands } from './encode-commands.ts';
import { describeFault } from './faults.ts';
import { createMessages } from './messages.ts';
import { createPoller } from './poll.ts';
import { createReplies } from './replies.ts';
import { createUpdates } from './updates.ts';
import { createWebhookHandler, setWebhook, webhookSecret } from './webhook.ts';

type Parts = { core: TelegramCore; dispatch: Dispatch };
/** `retryMs`: first wait after a failure to reach Telegram. `startWithinMs`: how long the start waits for it. */
type Timings = { retryMs?: number; startWithinMs?: number };

/**
 * Telegram. Asks for updates, or with TELEGRAM_MODE=webhook has them brought to the web role, which
 * runs `createTelegramWebhook`. `start` throws when Telegram refuses the token; when Telegram cannot
 * be reached for ten seconds it goes on trying in the background, so that it holds up nothing else.
 */
export function createTelegram({ core, dispatch, retryMs = 1_000, startWithinMs = 10_000 }: Parts & Timings): Surface {
  const bot = createBot({ core, dispatch });
  const stopping = new AbortController();
  const poller = createPoller({ api: bot.api, log: core.log, handle: bot.updates.handle, retryMs });

  async function start(): Promise<void> {
    const listening = listen();
    listening.catch((error: unknown) => {
      if (!stopping.signal.aborted) core.log.error({ err: describeFault(error) }, 'Telegram is off');
    });
    await Promise.race([listening, sleep(startWithinMs, null, { ref: false })]);
  }

  async function listen(): Promise<void> {
    const name = await insist(bot.name);
    await tellCommands();
    if (bot.settings.mode === 'webhook') {
      await insist(() => setWebhook({ api: bot.api, settings: core.settings, secret: webhookSecret(core.secrets) }));
    } else {
      await insist(poller.start);
    }
    core.log.info({ bot: name, mode: bot.settings.mode }, 'Telegram is on');
  }

  /** Until Telegram answers or refuses. */
  async function insist<T>(work: () => Promise<T>): Promise<T> {
    for (let wait = retryMs; ; wait = Math.min(wait * 2, 30 * retryMs)) {
      try {
        return await work();
      } catch (error) {
        const refused = error instanceof TelegramError && error.code < 500 && error.code !== 429;
        if (refused && (error.code === 401 || error.code === 404))
          throw new Error('Telegram does not know this TELEGRAM_BOT_TOKEN; @BotFather shows the right one');
        if (refused) throw new Error(`Telegram refused to start: ${describeFault(error)}`);
        core.log.warn({ err: describeFault(error) }, 'Telegram cannot be reached; trying again');
        await sleep(wait, undefined, { signal: stopping.signal });
      }
    }
  }

  /** A bot without its menu is still of use. */
  async function tellCommands(): Promise<void> {
    for (const commands of encodeCommands({ words: core.words, commands: dispatch.commands })) {
      await bot.api.call('setMyCommands', commands).catch((error: unknown) => {
        core.log.warn({ err: describeFault(error) }, 'the command menu could not be set on Telegram');
      });
    }
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await poller.stop();
    await bot.close();
  }

  return {
    platform: 'telegram',
    start,
    stop,
    ...bot.delivery,
    progressEveryMs: 3_000,
  };
}

/** Handler of POST /webhooks/telegram, for the web role. `stop` finishes what is in hand. */
export function createTelegramWebhook({ core, dispatch }: Parts) {
  const bot = createBot({ core, dispatch });
  const handler = createWebhookHandler({
    secret: webhookSecret(core.secrets),
    handle: bot.updates.handle,
    log: core.log,
  });
  return Object.assign(handler, { stop: bot.close });
}

function createBot({ core, dispatch }: Parts) {
  const { telegram: settings } = core.settings;
  if (!settings.on) throw new Error(`Telegram needs ${settings.needs}`);
  const api = createApi({ core, token: settings.token, apiUrl: settings.apiUrl });
  const messages = createMessages({ api, dispatch });
  let known: Promise<string> | null = null;

  /** Our user name; asked for once. */
  function name(): Promise<string> {
    known ??= api.call<{ username: string }>('getMe').then(
      ({ username }) => username,
      (error: unknown) => {
        known = null;
        throw error;
      },
    );
    return known;
  }

  const replies = createReplies({ core, messages, botName: name });
  const choices = createChoices({ words: core.words, dispatch });
  const updates = createUpdates({ core, dispatch, api, messages, replies, choices, botName: name });

  /** Gives what is being sent a few seconds, then no more. */
  async function close(): Promise<void> {
    const giveUp = setTimeout(api.close, closeWithinMs);
    await updates.settled();
    clearTimeout(giveUp);
    api.close();
  }

  return { api, settings, name, updates, delivery: createDelivery({ core, messages }), close };
}

const closeWithinMs = 5_000;

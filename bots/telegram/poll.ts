import { setTimeout as sleep } from 'node:timers/promises';
import { TelegramError } from 'telegraf';
import type { Log } from '../../core/index.ts';
import type { Api } from './api.ts';
import { describeFault, readFault } from './faults.ts';
import type { IncomingUpdate } from './update-types.ts';
import { allowedUpdates } from './updates.ts';

type Parts = {
  api: Api;
  log: Log;
  handle(update: IncomingUpdate): Promise<void> /** First wait after a failure, ms; doubles up to 30 times it. */;
  retryMs?: number;
};

const pollSeconds = 50;
const cure =
  'another program reads the updates of this bot, or a webhook is set: stop the other one, or set TELEGRAM_MODE=webhook here';

/**
 * Asks for updates until told to stop. The next ones are asked for, which confirms the last ones,
 * when these have been handled; so an update that a crash interrupts comes again.
 */
export function createPoller({ api, log, handle, retryMs = 1_000 }: Parts) {
  const stopping = new AbortController();
  const { signal } = stopping;
  let offset = 0;
  let loop: Promise<void> = Promise.resolve();

  /** A bot with a webhook gets nothing by asking. */
  async function start(): Promise<void> {
    await api.call('deleteWebhook');
    loop = run();
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        const question = { offset, timeout: pollSeconds, allowed_updates: allowedUpdates };
        const updates = await api.call<IncomingUpdate[]>('getUpdates', question, {
          signal,
          timeoutMs: (pollSeconds + 15) * 1000,
        });
        if (failures) log.info('reading updates from Telegram again');
        failures = 0;
        await Promise.all(updates.map(handleSafely));
        offset = Math.max(offset, ...updates.map(({ update_id }) => update_id + 1));
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        await rest(error, failures);
      }
    }
  }

  async function handleSafely(update: IncomingUpdate): Promise<void> {
    await handle(update).catch((error: unknown) =>
      log.error({ update: update.update_id, err: describeFault(error) }, 'an update failed'),
    );
  }

  async function rest(error: unknown, failures: number): Promise<void> {
    const isConflict = error instanceof TelegramError && error.code === 409;
    log.warn(
      { err: describeFault(error) },
      isConflict ? `Telegram refuses to be read: ${cure}` : 'Telegram cannot be read; trying again',
    );
    const fault = readFault(error);
    const wait = (fault.kind === 'later' && fault.afterMs) || Math.min(retryMs * 2 ** (failures - 1), retryMs * 30);
    await sleep(wait, undefined, { signal }).catch(() => {});
  }

  /** Ends the waiting call, finishes what came in, and confirms it. */
  async function stop(): Promise<void> {
    stopping.abort();
    await loop;
    if (offset) await api.call('getUpdates', { offset, limit: 1, timeout: 0 }, { timeoutMs: 5_000 }).catch(() => {});
  }

  return { start, stop };
}

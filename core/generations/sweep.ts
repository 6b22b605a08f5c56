import type { Database } from '../database/database.ts';
import type { Log } from '../log.ts';
import type { JobName, Queues } from '../queue/queue.ts';
import type { Outbox } from './outbox.ts';

export type SweepTimings = { everyMs: number; staleMs: number };
/** Between looks for what is no longer needed. */
const tidyMs = 3_600_000;
export const defaultSweep: SweepTimings = { everyMs: 5_000, staleMs: 30_000 };

/**
 * Finishes what a crash left half done: promises that were not handed over, generations nobody has
 * in hand, deliveries that are due, reservations without a generation. Everything it does may be
 * done by several processes at once.
 */
export function createSweep({
  database,
  outbox,
  queues,
  sweepQuotas,
  advance,
  tidy,
  log,
  timings,
}: {
  database: Database;
  outbox: Outbox;
  queues: Queues;
  /** Gives back reservations that no generation came of; answers of how many accounts. */
  sweepQuotas(olderThanMs: number): Promise<number>;
  /** What goes on a step at a time. */
  advance: readonly (() => Promise<unknown>)[];
  /** What deletes the things that have had their time. */
  tidy: readonly (() => Promise<unknown>)[];
  log: Log;
  timings: SweepTimings;
}) {
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> = Promise.resolve();
  let tidied = 0;

  async function sweep(): Promise<void> {
    await outbox.sweep(timings.everyMs);
    // One job a while for each: whoever waits in a long queue is found here time and again.
    const round = Math.floor(Date.now() / (2 * timings.staleMs));
    const orphans = await database.run<{ id: string; priority: number }>(findOrphans, [timings.staleMs]);
    await queues.add(
      orphans.map(({ id, priority }) => ({ name: 'generation', data: { id }, key: `${id}-sweep${round}`, priority })),
    );
    const due = await database.run<{ id: string; job: DeliveryJob }>(findDeliveries, [timings.staleMs]);
    await queues.add(due.map(({ id, job }) => ({ name: job, data: { id }, key: `${id}-sweep${round}` })));
    for (const each of advance) await each();
    if (Date.now() - tidied > tidyMs) {
      for (const each of tidy) await each();
      tidied = Date.now();
    }
    const rebuilt = await sweepQuotas(timings.staleMs * 2);
    if (orphans.length || due.length || rebuilt)
      log.info(
        { generations: orphans.length, deliveries: due.length, accounts: rebuilt },
        'the sweep took up what was left',
      );
  }

  function once(): Promise<void> {
    running = running
      .then(sweep)
      .catch((error: Error) => log.warn({ err: error.message }, 'the sweep could not run; it tries again'));
    return running;
  }

  return {
    once,
    start() {
      void once();
      timer = setInterval(() => void once(), timings.everyMs);
    },
    async stop() {
      if (timer) clearInterval(timer);
      await running;
    },
  };
}

type DeliveryJob = Extract<JobName, `deliver-${string}` | `notice-${string}` | 'inbox'>;

// Waiting ones have a job unless it was lost; taking one up twice is harmless, so only old ones are looked at.
const findOrphans = {
  name: 'sweep_generations',
  text: `SELECT id, priority FROM generations WHERE finished_at IS NULL AND (
      (lease_until < now())
      OR (lease_until IS NULL AND state NOT IN ('accepted', 'queued') AND created_at < now() - $1::int * interval '1 millisecond')
      OR (lease_until IS NULL AND state = 'queued' AND coalesce(submitted_at, created_at) < now() - $1::int * interval '2 millisecond'))
    ORDER BY priority, created_at LIMIT 1000`,
};
const findDeliveries = {
  name: 'sweep_deliveries',
  text: `
    (SELECT id, 'deliver-' || platform AS job FROM deliveries
      WHERE state = 'pending' AND next_attempt_at < now() - $1::int * interval '1 millisecond' ORDER BY next_attempt_at LIMIT 1000)
    UNION ALL (SELECT id, 'notice-' || platform FROM notices
      WHERE state = 'pending' AND next_attempt_at < now() - $1::int * interval '1 millisecond' ORDER BY next_attempt_at LIMIT 1000)
    UNION ALL (SELECT id, 'inbox' FROM inbox_events
      WHERE state = 'pending' AND next_attempt_at < now() - $1::int * interval '1 millisecond' ORDER BY next_attempt_at LIMIT 1000)
    UNION ALL SELECT DISTINCT endpoint_id, 'deliver-webhook' FROM webhook_deliveries
      WHERE state = 'pending' AND next_attempt_at < now() - $1::int * interval '1 millisecond'`,
};

import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { NewJob, Queues } from './queue.ts';

/** A row in hand: `attempts` counts this try. */
export type Tried = { id: string; attempts: number };
/** What a try changes in its row: it ends, in a state that its table has for that, or waits for another. */
export type Moved<End extends string = 'delivered' | 'abandoned'> =
  | { state: End; finishedAt: Date }
  | { nextAttemptAt: Date };

/**
 * Rows that are tried until they are done or given up: whoever claims one has it for a lease, so that
 * a crash only delays it, and the sweep finds what is due without a job. A try may be made twice.
 */
export function createTries<Note, End extends string = 'delivered' | 'abandoned'>({
  database,
  table,
  claimBy,
  leaseMs,
  waitAfter,
  update,
  jobOf,
  queues,
  clock,
}: {
  database: Database;
  /** Its rows wait as `pending` with `attempts` and `next_attempt_at`. */
  table: 'deliveries' | 'webhook_deliveries' | 'notices' | 'inbox_events';
  /** The column that jobs name. With more than one row of that name, the one that has waited longest is claimed. */
  claimBy: 'id' | 'endpoint_id';
  /** How long one try may take before another may begin. */
  leaseMs: number;
  /** Milliseconds until the next try after so many, and what the receiver asked for; undefined when that was the last. */
  waitAfter(attempts: number, askedMs: number | null): number | undefined;
  /** Writes the row, if it still waits, with what is noted of the try. */
  update(tried: Tried, moved: Moved<End>, note: Note): Promise<unknown>;
  jobOf(tried: Tried, note: Note): Pick<NewJob, 'name' | 'data'>;
  queues: Queues;
  clock: Clock;
}) {
  const claimStatement = {
    name: `${table}_claim`,
    text: `UPDATE ${table} SET attempts = attempts + 1, next_attempt_at = $2::timestamptz + $3::int * interval '1 millisecond'
      WHERE id = (SELECT id FROM ${table} WHERE ${claimBy} = $1::uuid AND state = 'pending' AND next_attempt_at <= $2::timestamptz
        ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING id, attempts`,
  };

  /** Takes a try for itself: whoever comes next finds it not due for a while. Null when nothing is due. */
  async function claim(key: string): Promise<Tried | null> {
    const [row] = await database.run<Tried>(claimStatement, [key, clock(), leaseMs]);
    return row ?? null;
  }

  async function finish(tried: Tried, state: End, note: Note): Promise<void> {
    await update(tried, { state, finishedAt: clock() }, note);
  }

  /** Puts off the next try; false when there is none left, and then nothing was written. */
  async function postpone(tried: Tried, askedMs: number | null, note: Note): Promise<boolean> {
    const wait = waitAfter(tried.attempts, askedMs);
    if (wait === undefined) return false;
    await update(tried, { nextAttemptAt: new Date(clock().getTime() + wait) }, note);
    await queues.add([{ ...jobOf(tried, note), key: `${tried.id}-${clock().getTime()}`, delayMs: wait } as NewJob]);
    return true;
  }

  return { claim, finish, postpone };
}

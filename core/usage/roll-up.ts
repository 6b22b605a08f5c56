import { type Clock, dayOf } from '../clock.ts';
import type { Database } from '../database/database.ts';

/** How long generations of a day may still end. */
const openDays = 3;

/**
 * Writes what each of the last days gave and cost, by model, so that plots need not read every generation. Days are
 * UTC and are written anew each time, so that a run that was missed or made twice changes nothing.
 */
export function createUsageRollUp({ database, clock }: { database: Pick<Database, 'run'>; clock: Clock }) {
  /** Answers how many rows were written. @param days how far back, 3 when absent; all there are when null */
  return async function rollUp(days: number | null = openDays): Promise<number> {
    const rows = await database.run<{ day: string }>(write, [dayOf(clock()), days]);
    return rows.length;
  };
}

const write = {
  name: 'usage_roll_up',
  text: `
    INSERT INTO usage_days (day, provider, model, requested, succeeded, failed, images, cost_micros)
    SELECT (created_at AT TIME ZONE 'UTC')::date, provider, model, count(*)::int,
      count(*) FILTER (WHERE state = 'succeeded')::int, count(*) FILTER (WHERE state = 'failed')::int,
      coalesce(sum((SELECT count(*) FROM images WHERE images.generation_id = generations.id)), 0)::int,
      coalesce(sum(cost_micros), 0)::bigint
    FROM generations
    WHERE $2::int IS NULL OR created_at >= ($1::date - $2::int)::timestamp AT TIME ZONE 'UTC'
    GROUP BY 1, 2, 3
    ON CONFLICT (day, provider, model) DO UPDATE SET requested = excluded.requested, succeeded = excluded.succeeded,
      failed = excluded.failed, images = excluded.images, cost_micros = excluded.cost_micros
    RETURNING day::text`,
};

import { type Clock, dayOf } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { failuresByCause, midnight, usageByMember, usageByModel } from './statements.ts';

/** How long generations of a day may still end. */
const openDays = 3;
/** Plots of members look back 90 days. */
const memberDays = 100;

/**
 * Writes what each of the last days gave and cost, by model, by member and by cause of failure, so that plots need not
 * read every generation. Days are UTC and are written anew each time, so that a run that was missed or made twice
 * changes nothing.
 */
export function createUsageRollUp({ database, clock }: { database: Pick<Database, 'run'>; clock: Clock }) {
  /** Answers how many rows of models were written. @param days how far back, 3 when absent; all there are when null */
  return async function rollUp(days: number | null = openDays): Promise<number> {
    const now = clock();
    const today = dayOf(now);
    const rows = await database.run<{ day: string }>(writeModels, [today, days]);
    await database.run(writeMembers, [today, Math.min(days ?? memberDays, memberDays)]);
    await database.run(forgetMembers, [today]);
    await database.run(writeFailures, [today, days]);
    // Told last: whoever reads meanwhile looks at the rows themselves.
    await database.run(writeRun, [now]);
    return rows.length;
  };
}

const since = `coalesce(${midnight('$1::date - $2::int')}, '-infinity')`;

const writeModels = {
  name: 'usage_roll_up',
  text: `
    INSERT INTO usage_days (day, provider, model, requested, succeeded, failed, images, cost_micros) ${usageByModel(since)}
    ON CONFLICT (day, provider, model) DO UPDATE SET requested = excluded.requested, succeeded = excluded.succeeded,
      failed = excluded.failed, images = excluded.images, cost_micros = excluded.cost_micros
    RETURNING day::text`,
};

const writeMembers = {
  name: 'usage_roll_up_members',
  text: `
    INSERT INTO usage_member_days (day, account_id, requested, images, cost_micros) ${usageByMember(since)}
    ON CONFLICT (day, account_id) DO UPDATE SET requested = excluded.requested, images = excluded.images,
      cost_micros = excluded.cost_micros`,
};

const forgetMembers = {
  name: 'usage_forget_members',
  text: `DELETE FROM usage_member_days WHERE day < $1::date - ${memberDays}`,
};

const writeFailures = {
  name: 'usage_roll_up_failures',
  text: `
    INSERT INTO usage_failure_days (day, provider, model, cause, failed) ${failuresByCause(since)}
    ON CONFLICT (day, provider, model, cause) DO UPDATE SET failed = excluded.failed`,
};

const writeRun = {
  name: 'usage_run',
  text: `INSERT INTO usage_runs (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at`,
};

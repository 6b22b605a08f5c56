import type pg from 'pg';
import { dayOf } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';

/** What an account has used and has left, and how many of its generations have not ended. */
export type Books = { today: number; thisMonth: number; topUps: number; active: number };

/**
 * Images of the plan taken from this day and month, net of refunds; what is left of the top-ups, below zero when
 * a top-up was taken back that had been spent; and generations that have not ended.
 */
export async function readLedger(database: Pick<Database, 'run'>, accountId: string, now: Date): Promise<Books> {
  const [row] = await database.run<Books>(readBooks, [accountId, dayOf(now)]);
  return row ?? { today: 0, thisMonth: 0, topUps: 0, active: 0 };
}

/** An entry's images of the plan as they count against a day and a month. */
const fromPlan = `CASE kind WHEN 'reserve' THEN images - top_up WHEN 'refund' THEN top_up - images ELSE 0 END`;

/** Of an account's entries: what is left of its top-ups. The condition lets an index of few entries answer. */
const leftOfTopUps = `SELECT coalesce(sum(CASE kind WHEN 'reserve' THEN -top_up WHEN 'commit' THEN 0 ELSE top_up END), 0)::int
  FROM quota_entries WHERE account_id = $1 AND top_up <> 0`;

/** What is left of an account's top-ups, inside the transaction of `client`; never below zero. */
export async function readTopUps(client: Pick<pg.ClientBase, 'query'>, accountId: string): Promise<number> {
  const { rows } = await client.query<{ left: number }>(`SELECT (${leftOfTopUps}) AS left`, [accountId]);
  return Math.max(0, rows[0]?.left ?? 0);
}

const readBooks = {
  name: 'quota_books',
  text: `
    SELECT coalesce(sum(${fromPlan}) FILTER (WHERE day = $2::date), 0)::int AS today,
      coalesce(sum(${fromPlan}), 0)::int AS "thisMonth", (${leftOfTopUps}) AS "topUps",
      (SELECT count(*)::int FROM generations WHERE account_id = $1 AND finished_at IS NULL) AS active
    FROM quota_entries WHERE account_id = $1
      AND day >= date_trunc('month', $2::timestamp) AND day < date_trunc('month', $2::timestamp) + interval '1 month'`,
};

/** Images taken this day with each API key of an account, net of refunds. */
export function readKeyUse(database: Pick<Database, 'run'>, accountId: string, now: Date) {
  return database.run<{ key: string; images: number }>(readUsedByKey, [accountId, dayOf(now)]);
}

const readUsedByKey = {
  name: 'quota_used_by_key',
  text: `
    SELECT api_key_id AS key, sum(CASE kind WHEN 'reserve' THEN images WHEN 'refund' THEN -images ELSE 0 END)::int AS images
    FROM quota_entries JOIN generations ON generations.id = generation_id
    WHERE quota_entries.account_id = $1 AND day = $2::date AND api_key_id IS NOT NULL GROUP BY api_key_id`,
};

/** What Redis must hold of an account, as Postgres knows it. */
export type Truth = {
  epoch: number;
  topUps: number;
  /** Fields of the counters, as `scripts.ts` names them: days, months, API keys. */
  counters: { field: string; images: number }[];
  unfinished: { id: string; at: number; images: number; topUp: number; key: string | null }[];
  recent: { id: string; at: number }[];
};

/**
 * Begins a rebuild of an account's Redis counters: raises its epoch, and reads what Postgres holds.
 * The row lock waits for requests being written under the old epoch and makes later ones fail, so
 * that what is read here is all there is.
 */
export function startRebuild(database: Pick<Database, 'pool'>, accountId: string, now: Date): Promise<Truth> {
  return inTransaction(database, async (client) => {
    await client.query('SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE', [accountId]);
    const raised = await client.query<{ epoch: number }>(
      'UPDATE accounts SET quota_epoch = quota_epoch + 1 WHERE id = $1 RETURNING quota_epoch AS epoch',
      [accountId],
    );
    const topUps = await client.query<{ left: number }>(`SELECT (${leftOfTopUps}) AS left`, [accountId]);
    const counters = await client.query<Truth['counters'][number]>(readCounters, [accountId, dayOf(now)]);
    const unfinished = await client.query<Truth['unfinished'][number]>(readUnfinished, [accountId]);
    const recent = await client.query<Truth['recent'][number]>(
      `SELECT id, ${milliseconds('created_at')} AS at FROM generations WHERE account_id = $1 AND created_at > $2`,
      [accountId, new Date(now.getTime() - 60_000)],
    );
    return {
      epoch: raised.rows[0]?.epoch ?? 0,
      topUps: topUps.rows[0]?.left ?? 0,
      counters: counters.rows,
      unfinished: unfinished.rows,
      recent: recent.rows,
    };
  });
}

const milliseconds = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`;

// From yesterday on, since another process whose clock is a little late may still count there.
const readCounters = `
  SELECT 'd:' || to_char(day, 'YYYY-MM-DD') AS field, sum(${fromPlan})::int AS images
  FROM quota_entries WHERE account_id = $1 AND day >= $2::date - 1 GROUP BY 1
  UNION ALL SELECT 'm:' || to_char(day, 'YYYY-MM'), sum(${fromPlan})::int
  FROM quota_entries WHERE account_id = $1 AND day >= date_trunc('month', $2::timestamp - interval '1 day') GROUP BY 1
  UNION ALL SELECT 'k:' || to_char(day, 'YYYY-MM-DD') || ':' || api_key_id,
    sum(CASE kind WHEN 'reserve' THEN images WHEN 'refund' THEN -images ELSE 0 END)::int
  FROM quota_entries JOIN generations ON generations.id = generation_id
  WHERE quota_entries.account_id = $1 AND day >= $2::date - 1 AND api_key_id IS NOT NULL GROUP BY 1`;

const readUnfinished = `
  SELECT generations.id, count AS images, taken.top_up AS "topUp", api_key_id AS key, ${milliseconds('generations.created_at')} AS at
  FROM generations JOIN quota_entries taken ON taken.generation_id = generations.id AND taken.kind = 'reserve'
  WHERE generations.account_id = $1 AND finished_at IS NULL`;

/** Of these generations, those that have ended, and what they gave back to which day and to the top-ups. */
export function readEndings(database: Pick<Database, 'run'>, generationIds: readonly string[]) {
  type Row = { generationId: string; refunded: number; topUp: number; day: string; at: number };
  return database.run<Row>(readEnded, [generationIds]);
}

const readEnded = {
  name: 'quota_endings',
  text: `
    SELECT generations.id AS "generationId", coalesce(back.images, 0) AS refunded, coalesce(back.top_up, 0) AS "topUp",
      to_char(taken.day, 'YYYY-MM-DD') AS day, ${milliseconds('generations.created_at')} AS at FROM generations
    JOIN quota_entries taken ON taken.generation_id = generations.id AND taken.kind = 'reserve'
    LEFT JOIN quota_entries back ON back.generation_id = generations.id AND back.kind = 'refund'
    WHERE generations.id = ANY($1::uuid[]) AND finished_at IS NOT NULL`,
};

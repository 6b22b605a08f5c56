import { dayOf, monthOf } from '../clock.ts';
import type { Database } from '../database/database.ts';

/** Images taken from this day and month, net of refunds, and generations that have not ended. */
export async function readLedger(database: Pick<Database, 'run'>, accountId: string, now: Date) {
  const [row] = await database.run<{ today: number; month: number; active: number }>(readUsed, [accountId, dayOf(now)]);
  return { today: row?.today ?? 0, thisMonth: row?.month ?? 0, active: row?.active ?? 0 };
}

const readUsed = {
  name: 'quota_used',
  text: `
    SELECT coalesce(sum(signed) FILTER (WHERE day = $2::date), 0)::int AS today, coalesce(sum(signed), 0)::int AS month,
      (SELECT count(*)::int FROM generations WHERE account_id = $1 AND finished_at IS NULL) AS active
    FROM (
      SELECT day, CASE kind WHEN 'reserve' THEN images WHEN 'refund' THEN -images ELSE 0 END AS signed FROM quota_entries
      WHERE account_id = $1 AND day >= date_trunc('month', $2::date) AND day < date_trunc('month', $2::date) + interval '1 month'
    ) AS entries`,
};

/** Images taken this day with each API key of an account, net of refunds. */
export function readKeyUse(database: Pick<Database, 'run'>, accountId: string, now: Date) {
  return database.run<{ key: string; images: number }>({ name: 'quota_used_by_key', text: readUsedByKey }, [
    accountId,
    dayOf(now),
  ]);
}

const readUsedByKey = `
  SELECT api_key_id AS key, sum(CASE kind WHEN 'reserve' THEN images WHEN 'refund' THEN -images ELSE 0 END)::int AS images
  FROM quota_entries JOIN generations ON generations.id = generation_id
  WHERE quota_entries.account_id = $1 AND day = $2::date AND api_key_id IS NOT NULL GROUP BY api_key_id`;

/**
 * Begins a rebuild of an account's Redis counters: raises its epoch, and reads what Postgres holds.
 * The row lock waits for requests being written under the old epoch and makes later ones fail, so
 * that what is read here is all there is.
 */
export async function startRebuild(database: Pick<Database, 'pool'>, accountId: string, now: Date) {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE', [accountId]);
    const raised = await client.query<{ epoch: number }>(
      'UPDATE accounts SET quota_epoch = quota_epoch + 1 WHERE id = $1 RETURNING quota_epoch AS epoch',
      [accountId],
    );
    const used = await client.query<{ today: number; month: number }>(readUsed, [accountId, dayOf(now)]);
    const byKey = await client.query<{ key: string; images: number }>(readUsedByKey, [accountId, dayOf(now)]);
    const times = `SELECT id, count AS images, api_key_id AS key, (extract(epoch FROM created_at) * 1000)::float8 AS at FROM generations WHERE account_id = $1`;
    const unfinished = await client.query<{ id: string; at: number; images: number; key: string | null }>(
      `${times} AND finished_at IS NULL`,
      [accountId],
    );
    const recent = await client.query<{ id: string; at: number }>(`${times} AND created_at > $2`, [
      accountId,
      new Date(now.getTime() - 60_000),
    ]);
    await client.query('COMMIT');
    return {
      epoch: raised.rows[0]?.epoch ?? 0,
      day: dayOf(now),
      month: monthOf(now),
      usedToday: used.rows[0]?.today ?? 0,
      usedThisMonth: used.rows[0]?.month ?? 0,
      usedByKey: byKey.rows,
      unfinished: unfinished.rows,
      recent: recent.rows,
    };
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}

/** Of these generations, those that have ended, and what they gave back to which day. */
export function readEndings(database: Pick<Database, 'run'>, generationIds: readonly string[]) {
  return database.run<{ generationId: string; refunded: number; day: string; at: number }>(readEnded, [generationIds]);
}

const readEnded = {
  name: 'quota_endings',
  text: `
    SELECT generations.id AS "generationId", coalesce(back.images, 0) AS refunded, to_char(taken.day, 'YYYY-MM-DD') AS day,
      (extract(epoch FROM generations.created_at) * 1000)::float8 AS at FROM generations
    JOIN quota_entries taken ON taken.generation_id = generations.id AND taken.kind = 'reserve'
    LEFT JOIN quota_entries back ON back.generation_id = generations.id AND back.kind = 'refund'
    WHERE generations.id = ANY($1::uuid[]) AND finished_at IS NOT NULL`,
};

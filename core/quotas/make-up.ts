import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import type { Outbox, Promised } from '../generations/outbox.ts';

/** Generations that succeeded and were asked for from `from` until before `to`. */
export type Incident = {
  from: Date;
  to: Date;
  /** Null: of everybody. */
  accountId: string | null;
};

/**
 * `quota`: back to the day and the month that they were taken from, what came from extra images back to these.
 * `extra`: all of it as extra images, which is worth something after that day too.
 */
export type MakeUpAs = 'quota' | 'extra';

/** What an incident cost: accounts, their generations, and images of these. */
export type MadeUp = { accounts: number; generations: number; images: number };

/** Makes up for what went wrong in a span of time. */
export function createMakeUp({
  database,
  outbox,
  clock,
}: {
  database: Pick<Database, 'pool'>;
  outbox: Pick<Outbox, 'publish'>;
  clock: Clock;
}) {
  /** What `makeUp` would give now: what was made up for already is left out. */
  async function weigh({ from, to, accountId }: Incident): Promise<MadeUp> {
    const { rows } = await database.pool.query<MadeUp>(
      `${affected} SELECT count(DISTINCT account_id)::int AS accounts, count(*)::int AS generations, coalesce(sum(back + top_up), 0)::int AS images
      FROM fitted WHERE back + top_up > 0`,
      [from, to, accountId],
    );
    return rows[0] ?? nothing;
  }

  /**
   * Gives back what these generations cost, each once, however often it is asked and however spans overlap; never more
   * than a day cost after what operators gave back of it by other ways. Answers what was given just now.
   */
  async function makeUp(given: Incident & { as: MakeUpAs; note: string }): Promise<MadeUp> {
    const { from, to, accountId, as, note } = given;
    const { promised, ...made } = await inTransaction(database, async (client) => {
      // Two at once must not both see the same images; whatever is reserved meanwhile is asked for again.
      await client.query(lockAccounts, [from, to, accountId]);
      const { rows } = await client.query<MadeUp & { promised: Promised[] }>(writeEntries, [
        ...[from, to, accountId],
        ...[as, note.slice(0, 200) || null, clock()],
      ]);
      return rows[0] ?? { ...nothing, promised: [] };
    });
    const kept = outbox.publish(promised);
    // Everybody's counters take a while; what a crash leaves undone is found later.
    if (accountId) await kept;
    return made;
  }

  return { weigh, makeUp };
}

const nothing: MadeUp = { accounts: 0, generations: 0, images: 0 };

const ended = `
  SELECT generations.id, generations.account_id, taken.day, taken.images - taken.top_up AS plan, taken.top_up
  FROM generations JOIN quota_entries taken ON taken.generation_id = generations.id AND taken.kind = 'commit'
  WHERE generations.outcome = 'succeeded' AND generations.created_at >= $1::timestamptz AND generations.created_at < $2::timestamptz
    AND ($3::uuid IS NULL OR generations.account_id = $3::uuid)
    AND NOT EXISTS (SELECT 1 FROM quota_entries made WHERE made.refund_of = generations.id)`;

const lockAccounts = `
  WITH locked AS (
    SELECT id FROM accounts WHERE id IN (SELECT account_id FROM (${ended}) AS ended) ORDER BY id FOR NO KEY UPDATE)
  UPDATE accounts SET quota_epoch = quota_epoch + 1 FROM locked WHERE accounts.id = locked.id`;

// Of a day no more goes back to the plan than is left of what it cost.
const affected = `
  WITH ended AS (${ended}), charged AS (
    SELECT account_id, day, sum(CASE kind WHEN 'commit' THEN images - top_up ELSE -images END)::int AS open FROM quota_entries
    WHERE (account_id, day) IN (SELECT account_id, day FROM ended)
      AND (kind = 'commit' OR (kind = 'refund' AND generation_id IS NULL)) GROUP BY 1, 2
  ), fitted AS (
    SELECT ended.*, greatest(0, least(plan, open - coalesce(sum(plan) OVER (
      PARTITION BY ended.account_id, ended.day ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)))::int AS back
    FROM ended JOIN charged ON charged.account_id = ended.account_id AND charged.day = ended.day
  )`;

const writeEntries = `${affected}, entered AS (
    INSERT INTO quota_entries (account_id, kind, images, top_up, note, refund_of, day, created_at)
    SELECT account_id, 'refund'::"QuotaKind", back, 0, $5::text, id, day, $6::timestamptz FROM fitted WHERE $4::text = 'quota' AND back > 0
    UNION ALL SELECT account_id, 'grant', extra, extra, $5, id, day, $6 FROM (
      SELECT *, CASE $4 WHEN 'extra' THEN back + top_up ELSE top_up END AS extra FROM fitted) AS each WHERE extra > 0
    ON CONFLICT DO NOTHING RETURNING account_id, images, refund_of
  ), promised AS (
    INSERT INTO outbox (topic, payload) SELECT DISTINCT 'rebuild', jsonb_build_object('accountId', account_id) FROM entered
    RETURNING id::text, topic, payload
  )
  SELECT count(DISTINCT account_id)::int AS accounts, count(DISTINCT refund_of)::int AS generations, coalesce(sum(images), 0)::int AS images,
    (SELECT coalesce(json_agg(promised), '[]'::json) FROM promised) AS promised FROM entered`;

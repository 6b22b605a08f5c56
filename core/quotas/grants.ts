import type pg from 'pg';
import { type Clock, dayOf } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import { AppError } from '../errors.ts';
import type { Outbox, Promised } from '../generations/outbox.ts';

/** Images added to an account's top-ups; taken back when negative. */
export type Grant = {
  accountId: string;
  images: number;
  /** The purchase it is for. */
  purchaseId?: string;
  /** Why an operator gave it; members read it. At most 200 characters. */
  note?: string;
};

/**
 * Writes a grant, and the promise to rebuild the counters, in the transaction of `client`; hand the promise to
 * `outbox.publish` after it is committed. The account's epoch is raised, so that whatever was reserved before but
 * is written later is asked for again. Throws AppError `not_found` when there is no such account.
 */
export async function grantEntry(
  client: Pick<pg.ClientBase, 'query'>,
  { accountId, images, purchaseId, note }: Grant,
  now: Date,
): Promise<Promised> {
  const { rows } = await client.query<Promised>(
    `WITH raised AS (UPDATE accounts SET quota_epoch = quota_epoch + 1 WHERE id = $1 RETURNING id),
      entered AS (
        INSERT INTO quota_entries (account_id, kind, images, top_up, purchase_id, note, day, created_at)
        SELECT id, 'grant', $2::int, $2::int, $3, $4, $5::date, $6::timestamptz FROM raised RETURNING account_id)
    ${promiseRebuild} FROM entered RETURNING id::text, topic, payload`,
    [accountId, images, purchaseId ?? null, note ?? null, dayOf(now), now],
  );
  if (!rows[0]) throw new AppError('not_found');
  return rows[0];
}

/** Changes of the ledger that no generation makes. Whatever is written is counted at once, or after a crash later. */
export function createGrants({ database, outbox, clock }: { database: Database; outbox: Outbox; clock: Clock }) {
  /** Writes a grant of its own; the counters know it when this answers, unless Redis is away. */
  async function grant(wanted: Grant): Promise<void> {
    const promised = await grantEntry(database.pool, wanted, clock());
    await outbox.publish([promised]);
  }

  /**
   * An operator's refund: gives back up to `images` of what generations that have ended took from the plan on a UTC
   * day (`2026-11-21`); what is still in the making comes back by itself when it fails. Answers how many it was.
   * Throws AppError `not_found` when there is no such account.
   */
  async function giveBack(wanted: { accountId: string; day: string; images: number; note: string }): Promise<number> {
    const given = await inTransaction(database, (client) => giveBackIn(client, wanted));
    if (given) await outbox.publish([given.promised]);
    return given?.images ?? 0;
  }

  async function giveBackIn(
    client: pg.PoolClient,
    { accountId, day, images, note }: { accountId: string; day: string; images: number; note: string },
  ): Promise<{ images: number; promised: Promised } | null> {
    // Two giving back at once must not both see the same images.
    const locked = await client.query('UPDATE accounts SET quota_epoch = quota_epoch + 1 WHERE id = $1', [accountId]);
    if (!locked.rowCount) throw new AppError('not_found');
    const used = await client.query<{ images: number }>(readCharged, [accountId, day]);
    const capped = Math.min(images, used.rows[0]?.images ?? 0);
    if (capped < 1) return null;
    const { rows } = await client.query<Promised>(
      `WITH entered AS (
        INSERT INTO quota_entries (account_id, kind, images, note, day, created_at)
        VALUES ($1, 'refund', $2, $3, $4::date, $5) RETURNING account_id)
      ${promiseRebuild} FROM entered RETURNING id::text, topic, payload`,
      [accountId, capped, note, day, clock()],
    );
    return rows[0] ? { images: capped, promised: rows[0] } : null;
  }

  return { grant, giveBack };
}

const promiseRebuild = `INSERT INTO outbox (topic, payload) SELECT 'rebuild', jsonb_build_object('accountId', account_id)`;

const readCharged = `
  SELECT coalesce(sum(CASE kind WHEN 'commit' THEN images - top_up ELSE -images END), 0)::int AS images FROM quota_entries
  WHERE account_id = $1 AND day = $2::date AND (kind = 'commit' OR (kind = 'refund' AND generation_id IS NULL))`;

import type { PoolClient } from 'pg';
import { createBillingLock } from '../billing/transaction.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Outbox, Promised } from '../generations/outbox.ts';
import { quotaKeys } from '../quotas/scripts.ts';
import type { RedisClient } from '../redis.ts';

/** What was deleted with an account; its files go in the background. */
export type Deleted = { images: number; files: number };

/** Files named in one promise: so many are deleted before another promise has its turn. */
const filesAtOnce = 50;

/** Deletes a person with all that is theirs. What operators did to them stays in the audit. */
export function createDeletePerson({
  database,
  redis,
  closeCheckouts,
  outbox,
  announce,
}: {
  database: Pick<Database, 'pool'>;
  redis: Pick<RedisClient, 'client'>;
  closeCheckouts(accountId: string): Promise<{ subscribed: boolean }>;
  outbox: Pick<Outbox, 'publish'>;
  /** Tells every process that these accounts changed. */
  announce(accountIds: readonly string[]): Promise<void>;
}) {
  const lock = createBillingLock(database);

  /**
   * Throws AppError `not_found`, `staff_stays` for one who runs the service, `subscription_live` until it has ended,
   * `work_in_hand` while something of theirs is being drawn, `payment_unavailable`.
   */
  return async function deletePerson(accountId: string): Promise<Deleted> {
    if ((await closeCheckouts(accountId)).subscribed) throw new AppError('subscription_live');
    const { promised, images } = await lock(accountId, (client) => deleteIn(client, accountId));
    void removeFiles(promised);
    await Promise.all([announce([accountId]), forgetQuota(accountId).catch(() => {})]);
    const files = promised.reduce((sum, { payload }) => sum + payload.keys.length, 0);
    return { images, files };
  };

  async function forgetQuota(accountId: string): Promise<void> {
    const [counters, minute, reserved] = quotaKeys(accountId);
    await Promise.all([redis.client.del(counters, minute), redis.client.zrem(reserved, accountId)]);
  }

  /** One promise after the other, so that many files hold up nobody else's; after a crash the sweep finds them. */
  async function removeFiles(promised: readonly Promised[]): Promise<void> {
    for (const each of promised) await outbox.publish([each]);
  }
}

async function deleteIn(client: Connection, accountId: string) {
  const { rows } = await client.query<{ role: string; email: string; unfinished: boolean }>(
    `SELECT role, email, EXISTS (SELECT 1 FROM generations WHERE account_id = $1 AND finished_at IS NULL) AS unfinished
    FROM accounts WHERE id = $1 FOR UPDATE`,
    [accountId],
  );
  const [row] = rows;
  if (!row) throw new AppError('not_found');
  if (row.role !== 'member') throw new AppError('staff_stays');
  if (row.unfinished) throw new AppError('work_in_hand');
  const promised = await client.query<Extract<Promised, { topic: 'files' }>>(promiseFiles, [accountId, filesAtOnce]);
  const images = await client.query('SELECT FROM images WHERE account_id = $1', [accountId]);
  // What names a person without naming the account.
  await client.query(
    `DELETE FROM web_messages WHERE visitor_id IN (
      SELECT platform_user_id FROM identities WHERE account_id = $1 AND platform = 'web')`,
    [accountId],
  );
  await client.query('DELETE FROM email_codes WHERE email = $1', [row.email]);
  // What they reported of others' pictures is still to be looked at, whoever it was.
  await client.query('UPDATE reports SET account_id = NULL WHERE account_id = $1', [accountId]);
  await client.query('DELETE FROM accounts WHERE id = $1', [accountId]);
  return { promised: promised.rows, images: images.rowCount ?? 0 };
}

type Connection = Pick<PoolClient, 'query'>;

const promiseFiles = `
  INSERT INTO outbox (topic, payload)
  SELECT 'files', jsonb_build_object('keys', jsonb_agg(key)) FROM (
    SELECT key, (row_number() OVER () - 1) / $2::int AS part FROM (
      SELECT storage_key AS key FROM images WHERE account_id = $1
      UNION SELECT thumbnail_key FROM images WHERE account_id = $1
      UNION SELECT storage_key FROM input_images WHERE account_id = $1
    ) AS files
  ) AS parts GROUP BY part RETURNING id::text, topic, payload`;

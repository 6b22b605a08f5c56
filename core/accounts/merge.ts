import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { settleEntitlement } from '../billing/settle.ts';
import { lasting } from '../billing/standing.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import { AppError } from '../errors.ts';
import { refOf } from '../generations/input.ts';
import type { Outbox, Promised } from '../generations/outbox.ts';

/** What moved to the account that stays. */
export type Merged = { identities: number; generations: number; images: number; topUps: number };

type Row = { id: string; role: string; customer: string | null; topUps: number; live: boolean; unfinished: boolean };

/** Makes one account of two that belong to the same person. */
export function createMerge({
  database,
  closeCheckouts,
  outbox,
  announce,
  clock,
}: {
  database: Pick<Database, 'pool'>;
  closeCheckouts(accountId: string): Promise<unknown>;
  outbox: Pick<Outbox, 'publish'>;
  /** Tells every process that these accounts changed. */
  announce(accountIds: readonly string[]): Promise<void>;
  clock: Clock;
}) {
  /**
   * Moves all that `from` has to `into`, in one transaction, and deletes `from`: its address, keys, password and sessions
   * end. What was used counts together. Throws AppError `not_found`, `same_account`, `staff_stays` for one who runs the
   * service, `both_subscribed`, `work_in_hand` while something of `from` is being drawn, `payment_unavailable`.
   */
  return async function merge({ from, into }: { from: string; into: string }): Promise<Merged> {
    if (from === into) throw new AppError('same_account');
    // Before the transaction: whoever holds a connection must not wait for another service.
    await closeCheckouts(from);
    await closeCheckouts(into);
    const { promised, ...merged } = await inTransaction(database, (client) => mergeIn(client, from, into, clock()));
    await outbox.publish([promised]);
    // Keys of the one that is gone are refused from here on.
    await announce([from, into]);
    return merged;
  };
}

async function mergeIn(client: PoolClient, from: string, into: string, now: Date) {
  for (const id of [from, into].sort())
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('billing:' || $1, 0))`, [id]);
  const { rows } = await client.query<Row>(readBoth, [[from, into], lasting]);
  const [source, target] = [from, into].map((id) => rows.find((row) => row.id === id));
  if (!source || !target) throw new AppError('not_found');
  if (source.role !== 'member') throw new AppError('staff_stays');
  if (source.live && target.live) throw new AppError('both_subscribed');
  if (source.unfinished) throw new AppError('work_in_hand');
  await moveCustomer(client, source, target);
  await renameRefs(client, from, into);
  await client.query(`SELECT set_config('easel.merging', 'on', true)`);
  const moved = new Map<string, number>();
  for (const { table, set = '', where = '' } of moves) {
    const text = `UPDATE ${table} AS moved SET account_id = $2${set} WHERE moved.account_id = $1${where}`;
    moved.set(table, (await client.query(text, [from, into])).rowCount ?? 0);
  }
  await client.query(addUsage, [from, into]);
  const raised = await client.query<Promised>(finish, [from, into]);
  await settleEntitlement(client, into, now);
  await client.query('DELETE FROM accounts WHERE id = $1', [from]);
  const count = (table: string) => moved.get(table) ?? 0;
  return {
    identities: count('identities'),
    generations: count('generations'),
    images: count('images'),
    topUps: source.topUps,
    promised: raised.rows[0] as Promised,
  };
}

/** The customer that goes on paying is kept; of two that don't, the one that the account has already. */
async function moveCustomer(client: PoolClient, source: Row, target: Row): Promise<void> {
  if (!source.customer || (target.customer && !source.live)) return;
  await client.query('UPDATE accounts SET stripe_customer_id = NULL WHERE id = $1', [source.id]);
  await client.query('UPDATE accounts SET stripe_customer_id = $2 WHERE id = $1', [target.id, source.customer]);
}

/** Short names are unique in an account: those that both have are drawn anew. */
async function renameRefs(client: PoolClient, from: string, into: string): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM generations AS one WHERE account_id = $1
      AND EXISTS (SELECT 1 FROM generations AS other WHERE other.account_id = $2 AND other.ref = one.ref)`,
    [from, into],
  );
  for (const { id } of rows)
    await client.query('UPDATE generations SET ref = $2 WHERE id = $1', [id, refOf(randomUUID())]);
}

/** Every table that names an account, but for what ends with it: keys, second factor, recovery codes. */
const moves: readonly { table: string; set?: string; where?: string }[] = [
  { table: 'identities' },
  { table: 'generations' },
  // Its words stand behind the beginning of the account's id.
  {
    table: 'images',
    set: ', words = account_words($2, (SELECT prompt FROM generations WHERE generations.id = moved.generation_id))',
  },
  { table: 'input_images' },
  { table: 'purchases' },
  { table: 'quota_entries' },
  { table: 'subscriptions' },
  { table: 'plan_grants' },
  { table: 'notices' },
  { table: 'webhook_endpoints' },
  // At most one is open for an account.
  { table: 'checkouts', where: ` AND moved.state <> 'open'` },
  // The same is reported once by the same person.
  {
    table: 'reports',
    where: ` AND NOT EXISTS (SELECT 1 FROM reports AS own WHERE own.account_id = $2 AND own.image_id = moved.image_id
      AND own.source = moved.source AND own.state = 'open')`,
  },
];

const readBoth = `
  SELECT id, role, stripe_customer_id AS customer,
    (SELECT coalesce(sum(CASE kind WHEN 'reserve' THEN -top_up WHEN 'commit' THEN 0 ELSE top_up END), 0)::int
      FROM quota_entries WHERE account_id = accounts.id AND top_up <> 0) AS "topUps",
    EXISTS (SELECT 1 FROM subscriptions WHERE account_id = accounts.id AND ended_at IS NULL AND status = ANY($2::text[])) AS live,
    EXISTS (SELECT 1 FROM generations WHERE account_id = accounts.id AND finished_at IS NULL) AS unfinished
  FROM accounts WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE`;

// Of a day both may have used something.
const addUsage = `
  INSERT INTO usage_member_days AS mine (day, account_id, requested, images, cost_micros)
  SELECT day, $2::uuid, requested, images, cost_micros FROM usage_member_days WHERE account_id = $1
  ON CONFLICT (day, account_id) DO UPDATE SET requested = mine.requested + excluded.requested,
    images = mine.images + excluded.images, cost_micros = mine.cost_micros + excluded.cost_micros`;

// Of the two plans that they had by themselves the one counts that goes first in the queue.
const finish = `
  WITH better AS (
    SELECT slug FROM plans WHERE slug IN (SELECT plan_slug FROM accounts WHERE id IN ($1::uuid, $2::uuid)) ORDER BY priority LIMIT 1
  ), raised AS (
    UPDATE accounts SET quota_epoch = quota_epoch + 1, plan_slug = (SELECT slug FROM better), updated_at = now() WHERE id = $2::uuid RETURNING id)
  INSERT INTO outbox (topic, payload) SELECT 'rebuild', jsonb_build_object('accountId', id) FROM raised
  RETURNING id::text, topic, payload`;

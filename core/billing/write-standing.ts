import type { ClientBase } from 'pg';
import type { Promised } from '../generations/outbox.ts';
import { grantEntry } from '../quotas/grants.ts';
import type { FetchedCheckout, FetchedPurchase, FetchedSubscription } from './payments.ts';

/** Writes the subscriptions of an account as they are now; those that are not among them have ended. */
export async function writeSubscriptions(
  client: ClientBase,
  accountId: string,
  subscriptions: readonly FetchedSubscription[],
  planOf: (subscription: FetchedSubscription) => string | null,
  now: Date,
): Promise<void> {
  const rows = subscriptions.map((each) => ({ ...each, planSlug: planOf(each) }));
  await client.query(upsertSubscriptions, [accountId, JSON.stringify(rows), now]);
}

const upsertSubscriptions = `
  WITH given AS (
    SELECT * FROM jsonb_to_recordset($2::jsonb) AS t(id text, "planSlug" text, "priceId" text, status text, amount int, currency text,
      interval text, "currentPeriodEnd" timestamptz, "cancelAt" timestamptz, "pastDueSince" timestamptz,
      "collectionPaused" boolean, "paymentReversed" text, "createdAt" timestamptz, "endedAt" timestamptz)
  ), gone AS (
    UPDATE subscriptions SET status = 'canceled', ended_at = $3::timestamptz, synced_at = $3::timestamptz
    WHERE account_id = $1::uuid AND ended_at IS NULL AND id NOT IN (SELECT id FROM given)
  )
  INSERT INTO subscriptions (id, account_id, plan_slug, price_id, status, amount, currency, interval, current_period_end,
    cancel_at, past_due_since, collection_paused, payment_reversed, created_at, ended_at, synced_at)
  SELECT id, $1::uuid, "planSlug", "priceId", status, amount, currency, interval, "currentPeriodEnd",
    "cancelAt", "pastDueSince", "collectionPaused", "paymentReversed", "createdAt", "endedAt", $3::timestamptz FROM given
  ON CONFLICT (id) DO UPDATE SET plan_slug = excluded.plan_slug, price_id = excluded.price_id, status = excluded.status,
    amount = excluded.amount, currency = excluded.currency, interval = excluded.interval,
    current_period_end = excluded.current_period_end, cancel_at = excluded.cancel_at, past_due_since = excluded.past_due_since,
    collection_paused = excluded.collection_paused, payment_reversed = excluded.payment_reversed,
    ended_at = excluded.ended_at, synced_at = excluded.synced_at`;

/**
 * Writes what a pack's purchase is worth now, and grants or takes back the difference: all of it while it is paid,
 * the part that was not refunded, nothing while it is disputed. Answers the promises to hand over after the commit;
 * null when there is no such pack to grant.
 */
export async function writePurchase(
  client: ClientBase,
  accountId: string,
  { id, pack, images, amount, currency, refunded, disputed, createdAt }: FetchedPurchase,
  now: Date,
): Promise<Promised[] | null> {
  const { rows } = await client.query<{ granted: number }>(
    `INSERT INTO purchases (id, account_id, pack_slug, images, amount, currency, refunded, disputed, created_at, synced_at)
     SELECT $1, $2::uuid, slug, $4::int, $5::int, $6, $7::int, $8::boolean, $9::timestamptz, $10::timestamptz FROM packs WHERE slug = $3
     ON CONFLICT (id) DO UPDATE SET refunded = excluded.refunded, disputed = excluded.disputed, synced_at = excluded.synced_at
     RETURNING granted`,
    [id, accountId, pack, images, amount, currency, refunded, disputed, createdAt, now],
  );
  const granted = rows[0]?.granted;
  if (granted === undefined) return null;
  // In whole numbers: 50 × 0.58 is a little less than 29.
  const kept = amount > 0 ? Math.floor((images * (amount - refunded)) / amount) : images;
  const worth = disputed ? 0 : kept;
  if (worth === granted) return [];
  await client.query('UPDATE purchases SET granted = $2 WHERE id = $1', [id, worth]);
  return [await grantEntry(client, { accountId, images: worth - granted, purchaseId: id }, now)];
}

/** A checkout whose payment is in, that the member is to be told of. */
export type PaidCheckout = { id: string; item: string; replyTo: unknown; locale: string };

/** Writes how the account's checkouts stand; answers those that are paid, also those told of before. */
export async function writeCheckouts(
  client: ClientBase,
  accountId: string,
  checkouts: readonly FetchedCheckout[],
  now: Date,
): Promise<PaidCheckout[]> {
  const closed = checkouts.filter(({ state }) => state !== 'open');
  const { rows } = await client.query<PaidCheckout>(
    `WITH given AS (SELECT * FROM jsonb_to_recordset($2::jsonb) AS t(id text, state text, paid boolean)), moved AS (
       UPDATE checkouts SET state = given.state::"CheckoutState", finished_at = $3::timestamptz
       FROM given WHERE checkouts.id = given.id AND checkouts.state = 'open')
     SELECT checkouts.id, item, reply_to AS "replyTo", locale FROM checkouts JOIN given ON given.id = checkouts.id
     WHERE account_id = $1::uuid AND paid AND coalesce(finished_at, $3::timestamptz) > $3::timestamptz - interval '30 days'`,
    [accountId, JSON.stringify(closed), now],
  );
  return rows;
}

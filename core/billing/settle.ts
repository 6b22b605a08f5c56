import type { ClientBase } from 'pg';
import { type Entitlement, type EntitlingGrant, type EntitlingSubscription, entitlementOf } from './entitlement.ts';

/** What an account had and has now, by name too, for those who are told. */
export type Settled = { before: Entitlement | null; after: Entitlement | null; changed: boolean };

/**
 * Writes what an account is entitled to now, from its subscriptions and grants: the one function that grants and
 * revokes. To be called inside a transaction, which holds the account's row from here on. Null: no such account.
 */
export async function settleEntitlement(client: ClientBase, accountId: string, now: Date): Promise<Settled | null> {
  const held = await client.query<{ plan: string | null; until: Date | null }>(
    'SELECT entitled_plan_slug AS plan, entitled_until AS until FROM accounts WHERE id = $1 FOR NO KEY UPDATE',
    [accountId],
  );
  const [row] = held.rows;
  if (!row) return null;
  const subscriptions = await client.query<EntitlingSubscription>(readSubscriptions, [accountId]);
  const grants = await client.query<EntitlingGrant>(readGrants, [accountId]);
  const plans = await client.query<{ slug: string; priority: number }>('SELECT slug, priority FROM plans');
  const priorities = new Map(plans.rows.map(({ slug, priority }) => [slug, priority]));
  const priorityOf = (slug: string) => priorities.get(slug) ?? Number.MAX_SAFE_INTEGER;
  const after = entitlementOf({ subscriptions: subscriptions.rows, grants: grants.rows }, priorityOf, now);
  const before = row.plan ? { planSlug: row.plan, until: row.until } : null;
  const changed = before?.planSlug !== after?.planSlug || before?.until?.getTime() !== after?.until?.getTime();
  if (changed)
    await client.query(
      'UPDATE accounts SET entitled_plan_slug = $2, entitled_until = $3, updated_at = $4 WHERE id = $1',
      [accountId, after?.planSlug ?? null, after?.until ?? null, now],
    );
  return { before, after, changed };
}

const readSubscriptions = `
  SELECT plan_slug AS "planSlug", status, current_period_end AS "currentPeriodEnd", cancel_at AS "cancelAt",
    past_due_since AS "pastDueSince", collection_paused AS "collectionPaused", payment_reversed AS "paymentReversed"
  FROM subscriptions WHERE account_id = $1 AND ended_at IS NULL`;
const readGrants = `
  SELECT plan_slug AS "planSlug", until FROM plan_grants WHERE account_id = $1 AND ended_at IS NULL`;

import type { FetchedSubscription } from './payments.ts';

/** A renewal is charged an hour or so after the period ends, and its news may be late. */
const renewalSlackMs = 3 * 86_400_000;
/** How long a plan stays while its renewal is unpaid and Stripe tries again. */
const graceMs = 7 * 86_400_000;

export type EntitlingSubscription = Pick<
  FetchedSubscription,
  'status' | 'currentPeriodEnd' | 'cancelAt' | 'pastDueSince' | 'collectionPaused' | 'paymentReversed'
> & { planSlug: string | null };
export type EntitlingGrant = { planSlug: string; until: Date | null };

/** The plan an account is entitled to, and until when; null until: without end. */
export type Entitlement = { planSlug: string; until: Date | null };

/**
 * What subscriptions and grants together entitle to at `now`; null: nothing. Of several plans it is the one that goes
 * first in the queue. This is the only place that decides it; the table in docs/premium.md says the same in words.
 * @param priorityOf a plan's place in the queue, lower is better
 */
export function entitlementOf(
  given: { subscriptions: readonly EntitlingSubscription[]; grants: readonly EntitlingGrant[] },
  priorityOf: (planSlug: string) => number,
  now: Date,
): Entitlement | null {
  const found: Entitlement[] = given.grants.map(({ planSlug, until }) => ({ planSlug, until }));
  for (const subscription of given.subscriptions) {
    const until = paidUntil(subscription);
    if (until && subscription.planSlug) found.push({ planSlug: subscription.planSlug, until });
  }
  const current = found.filter(({ until }) => until === null || until > now);
  const rank = (each: Entitlement) => each.until?.getTime() ?? Number.POSITIVE_INFINITY;
  current.sort((a, b) => priorityOf(a.planSlug) - priorityOf(b.planSlug) || rank(b) - rank(a));
  return current[0] ?? null;
}

/** Until when a subscription gives its plan; null: not at all. */
export function paidUntil(subscription: Omit<EntitlingSubscription, 'planSlug'>): Date | null {
  const { status, currentPeriodEnd, cancelAt, pastDueSince, collectionPaused, paymentReversed } = subscription;
  if (paymentReversed || collectionPaused) return null;
  const earlier = (date: Date) => (cancelAt && cancelAt < date ? cancelAt : date);
  if (status === 'active' || status === 'trialing')
    return currentPeriodEnd && earlier(new Date(currentPeriodEnd.getTime() + renewalSlackMs));
  if (status === 'past_due') return pastDueSince && earlier(new Date(pastDueSince.getTime() + graceMs));
  return null;
}

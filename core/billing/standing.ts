import type { Plan, PlanGrant, Subscription } from '@prisma/client';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { paidUntil } from './entitlement.ts';

/**
 * What becomes of a subscription by itself: `renews` or `ends` at a time; `grace`: a payment failed and the plan stays
 * until then; and those that give nothing now: `unpaid`, `paused`, `reversed` (the payment was given back or is disputed).
 */
export type SubscriptionState = 'renews' | 'ends' | 'grace' | 'unpaid' | 'paused' | 'reversed';

/** How an account stands with what it pays and was given. Plans by their names. */
export type BillingStanding = {
  subscription: { plan: string; state: SubscriptionState; at: Date | null } | null;
  /** A plan that an operator gave; `until` null: until it is taken back. */
  given: { plan: string; slug: string; until: Date | null } | null;
};

/** As long as one of these is there, no second subscription is sold. */
export const lasting: readonly string[] = ['active', 'trialing', 'past_due', 'paused', 'unpaid'];

/** Tells how accounts stand, from what was last synchronised. */
export function createBillingStanding({ database, clock }: { database: Pick<Database, 'prisma'>; clock: Clock }) {
  return async function standing(accountId: string): Promise<BillingStanding> {
    const { prisma } = database;
    const now = clock();
    const [subscriptions, grants, plans] = await Promise.all([
      prisma.subscription.findMany({
        where: { accountId, status: { in: [...lasting] } },
        orderBy: { createdAt: 'asc' },
      }),
      prisma.planGrant.findMany({
        where: { accountId, endedAt: null, OR: [{ until: null }, { until: { gt: now } }] },
        include: { plan: true },
      }),
      prisma.plan.findMany(),
    ]);
    return { subscription: describeSubscription(subscriptions, plans, now), given: describeGrant(grants) };
  };
}

function describeSubscription(rows: readonly Subscription[], plans: readonly Plan[], now: Date) {
  const row = rows.find((each) => givesUntil(each, now)) ?? rows[0];
  if (!row) return null;
  const plan = plans.find(({ slug }) => slug === row.planSlug)?.name ?? row.priceId;
  return { plan, ...stateOf(row, now) };
}

function stateOf(row: Subscription, now: Date): { state: SubscriptionState; at: Date | null } {
  const until = givesUntil(row, now);
  if (until && row.status === 'past_due') return { state: 'grace', at: until };
  if (until && row.cancelAt) return { state: 'ends', at: row.cancelAt };
  if (until) return { state: 'renews', at: row.currentPeriodEnd };
  if (row.paymentReversed) return { state: 'reversed', at: null };
  return { state: row.collectionPaused || row.status === 'paused' ? 'paused' : 'unpaid', at: null };
}

/** Until when it gives its plan, if it does so now. */
export function givesUntil(row: Subscription, now: Date): Date | null {
  const { paymentReversed } = row;
  const reversed = paymentReversed === 'refunded' || paymentReversed === 'disputed' ? paymentReversed : null;
  const until = paidUntil({ ...row, paymentReversed: reversed });
  return until && until > now ? until : null;
}

/** The one that goes first in the queue; of two alike, the longer one. */
function describeGrant(grants: readonly (PlanGrant & { plan: Plan })[]) {
  const end = ({ until }: PlanGrant) => until?.getTime() ?? Number.POSITIVE_INFINITY;
  const [best] = grants.toSorted((a, b) => a.plan.priority - b.plan.priority || end(b) - end(a));
  return best ? { plan: best.plan.name, slug: best.planSlug, until: best.until } : null;
}

import type { Account as AccountRow, Plan } from '@prisma/client';
import type { Account } from './accounts.ts';

/** For Prisma: what `toMember` needs besides the account. */
export const withPlans = { plan: true, entitledPlan: true } as const;

/**
 * The plan that counts at `now`, for SQL: of an `accounts` row, what it is entitled to while that lasts, else its own.
 * Nobody has to act when it runs out. Every account has one; the outer join tells the planner so, which would
 * otherwise take it for a filter so sharp that all accounts are gone through for the sake of it.
 */
export const joinPlan = (now: string) => `LEFT JOIN plans ON plans.slug = CASE
      WHEN entitled_plan_slug IS NOT NULL AND (entitled_until IS NULL OR entitled_until > ${now}::timestamptz) THEN entitled_plan_slug
      ELSE plan_slug END`;

/** An account with the plan that counts at `now`. */
export function toMember(row: AccountRow & { plan: Plan; entitledPlan: Plan | null }, now: Date): Account {
  const { id, email, role, status, locale, entitledPlan, entitledUntil } = row;
  const entitled = entitledPlan && (entitledUntil === null || entitledUntil > now) ? entitledPlan : null;
  const plan = entitled ?? row.plan;
  return { id, email, role, status, locale, planSlug: plan.slug, planUntil: entitled ? entitledUntil : null, plan };
}

/** How long an account may be remembered: not past the end of its plan. */
export function memoryMs(account: Account | null, now: Date, most: number): number {
  const left = account?.planUntil ? account.planUntil.getTime() - now.getTime() : most;
  return Math.max(1, Math.min(most, left));
}

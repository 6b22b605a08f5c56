import { randomUUID } from 'node:crypto';
import type { PlanGrant } from '@prisma/client';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Sync } from './sync.ts';

/** Plans that operators give; they stand beside what is paid, and the better of both counts. */
export function createPlanGrants({
  database,
  sync,
  clock,
}: {
  database: Pick<Database, 'prisma'>;
  sync: Pick<Sync, 'settle'>;
  clock: Clock;
}) {
  const { prisma } = database;

  /**
   * Gives a plan, from the next request on; `until` null: until it is ended. Throws AppError `not_found` for an unknown
   * account or plan.
   */
  async function grantPlan(given: {
    accountId: string;
    planSlug: string;
    until: Date | null;
    reason: string;
  }): Promise<PlanGrant> {
    const [account, plan] = await Promise.all([
      prisma.account.findUnique({ where: { id: given.accountId }, select: { id: true } }),
      prisma.plan.findUnique({ where: { slug: given.planSlug }, select: { slug: true } }),
    ]);
    if (!account || !plan) throw new AppError('not_found');
    const grant = await prisma.planGrant.create({
      data: { id: randomUUID(), ...given, reason: given.reason.slice(0, 200), createdAt: clock() },
    });
    await sync.settle(given.accountId);
    return grant;
  }

  /** Ends whatever plans operators gave an account; what it pays stays. Answers how many ended. */
  async function endGrants(accountId: string): Promise<number> {
    const { count } = await prisma.planGrant.updateMany({
      where: { accountId, endedAt: null },
      data: { endedAt: clock() },
    });
    await sync.settle(accountId);
    return count;
  }

  return { grantPlan, endGrants };
}

import type { Plan } from '@prisma/client';
import type { Database } from '../database/database.ts';
import type { Limits } from './quotas.ts';

/** The plans and their limits, which operators change. */
export function createPlans({ database, announce }: { database: Database; announce(): Promise<void> }) {
  /** Every plan, by its slug. */
  async function list(): Promise<Plan[]> {
    return database.prisma.plan.findMany({ orderBy: { slug: 'asc' } });
  }

  /** Changes the named limits; they hold from the next request on, in every process. Null when there is no such plan. */
  async function setLimits(slug: string, limits: Partial<Limits>): Promise<Plan | null> {
    const [changed] = await database.prisma.plan.updateManyAndReturn({ where: { slug }, data: limits });
    await announce();
    return changed ?? null;
  }

  return { list, setLimits };
}

import type { BaseRecord } from 'adminjs';
import { z } from 'zod';
import { AppError } from '../../../core/index.ts';
import type { AdminCore } from '../../index.ts';
import { defineDeed } from '../deed.ts';
import { endOfDay, positive } from '../fields.ts';
import { idOf, lookAtPlan } from './subject.ts';

const dayMs = 86_400_000;

const input = z
  .object({
    plan: z.string().min(1),
    until: endOfDay.optional().refine((date) => !date || date.getTime() > Date.now(), 'to_come'),
    days: positive(3_650).optional(),
  })
  .refine(({ until, days }) => !(until && days), { path: ['days'], message: 'one_of_both' });

/** Gives a plan, as if it were paid, until a day, for so many days, or until it is ended. */
export function grantPlan(core: AdminCore) {
  return defineDeed({
    core,
    name: 'grantPlan',
    icon: 'Award',
    fields: async () => {
      const plans = await core.database.prisma.plan.findMany({ orderBy: { priority: 'asc' } });
      const choices = plans.map(({ slug, name }) => ({ value: slug, label: name }));
      return [
        { name: 'plan', type: 'choice', choices, required: true, initial: choices[0]?.value ?? '' },
        { name: 'days', type: 'number', min: 1, max: 3_650 },
        { name: 'until', type: 'date' },
      ];
    },
    facts: (record) => lookAtGrants(core, record),
    input,
    blame: { not_found: 'plan' },
    accountOf: idOf,
    look: (record) => lookAtPlan(core, record),
    work: async (record, { plan, until, days, reason }) => {
      const end = days ? new Date(Date.now() + days * dayMs) : (until ?? null);
      await core.billing.grantPlan({ accountId: idOf(record), planSlug: plan, until: end, reason });
    },
  });
}

/** Ends whatever plans operators gave. */
export function endGrants(core: AdminCore) {
  return defineDeed({
    core,
    name: 'endGrants',
    icon: 'XCircle',
    danger: true,
    facts: (record) => lookAtGrants(core, record),
    accountOf: idOf,
    look: (record) => lookAtPlan(core, record),
    work: async (record) => {
      if (!(await core.billing.endGrants(idOf(record)))) throw new AppError('nothing_to_do');
    },
  });
}

async function lookAtGrants(core: AdminCore, record: BaseRecord) {
  const { given, subscription } = await core.billing.standing(idOf(record));
  return {
    given: given?.plan ?? null,
    ...(given ? { until: given.until?.toISOString() ?? null } : {}),
    subscription: subscription?.plan ?? null,
  };
}

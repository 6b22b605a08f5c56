import type { BaseRecord, CurrentAdmin } from 'adminjs';
import type { Snapshot } from '../../../core/index.ts';
import type { AdminCore } from '../../index.ts';
import { snapshot } from '../deed.ts';

export const idOf = (record: BaseRecord) => String(record.id());

export const findAccount = (core: AdminCore, record: BaseRecord) =>
  core.database.prisma.account.findUnique({ where: { id: idOf(record) } });

/** What an account may use now, as the audit shows it. */
export async function lookAtPlan(core: AdminCore, record: BaseRecord): Promise<Snapshot> {
  return snapshot(await findAccount(core, record), ['planSlug', 'entitledPlanSlug', 'entitledUntil']);
}

/** What an account has used and has left, as pages and the audit show it; images. */
export async function lookAtQuota(core: AdminCore, record: BaseRecord) {
  const { plan } = await core.accounts.get(idOf(record));
  const { daily, usedThisMonth, topUp } = await core.quotas.status(idOf(record), plan);
  return { plan: plan.name, usedToday: daily.used, leftToday: daily.remaining, usedThisMonth, extra: topUp.remaining };
}

export const isOwner = (admin: CurrentAdmin) => admin.role === 'owner';

/** Nobody locks themselves out, and only owners stop owners: so one owner always remains. */
export function mayStop(admin: CurrentAdmin, record: BaseRecord): boolean {
  if (record.id() === admin.id) return false;
  return record.param('role') !== 'owner' || isOwner(admin);
}

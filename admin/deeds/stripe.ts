import type { BaseRecord } from 'adminjs';
import { AppError } from '../../core/index.ts';
import type { AdminCore } from '../index.ts';
import { defineDeed, defineWideDeed, snapshot } from './deed.ts';

/** Asks Stripe how a member's subscriptions stand now. On an account, and on each of its subscriptions. */
export function syncWithStripe(core: AdminCore, accountOf: (record: BaseRecord) => string) {
  const { prisma } = core.database;
  const read = (record: BaseRecord) => prisma.account.findUnique({ where: { id: accountOf(record) } });
  return defineDeed({
    core,
    name: 'sync',
    icon: 'RefreshCw',
    isVisible: () => core.billing.on,
    accountOf,
    look: async (record) => {
      const columns = ['planSlug', 'entitledPlanSlug', 'entitledUntil', 'stripeCustomerId'] as const;
      return snapshot(await read(record), columns);
    },
    work: async (record) => {
      const customer = (await read(record))?.stripeCustomerId;
      if (!customer) throw new AppError('nothing_to_do');
      await core.billing.syncCustomer(customer);
    },
  });
}

/** Compares everything with Stripe now instead of at the next hour. */
export function reconcileNow(core: AdminCore) {
  return defineWideDeed({
    core,
    name: 'reconcile',
    icon: 'RefreshCw',
    subject: 'now',
    look: async () => ({ reconciliations: await core.database.prisma.reconciliation.count() }),
    work: async () => ({ ...(await core.billing.reconcile()) }),
  });
}

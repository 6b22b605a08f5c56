import { syncWithStripe } from '../deeds/stripe.ts';
import type { AdminCore } from '../index.ts';
import { type PanelResource, readOnly, tellMoney } from './definition.ts';
import { linkToStripe } from './stripe-link.ts';

/** What Stripe said when it was last asked; only the synchronisation writes it. */
export function describeSubscriptions({ core }: { core: AdminCore }): PanelResource {
  const sums = tellMoney(['amount']);
  return {
    model: 'Subscription',
    withheld: [],
    views: {
      paying: { status: 'active', collectionPaused: false, paymentReversed: null },
      unpaid: { status: { in: ['past_due', 'unpaid'] } },
      ending: { status: 'active', cancelAt: { not: null } },
    },
    options: {
      navigation: { name: 'money', icon: 'CreditCard' },
      listProperties: ['account', 'planSlug', 'status', 'amount', 'currentPeriodEnd', 'cancelAt', 'syncedAt'],
      filterProperties: ['account', 'planSlug', 'status', 'currentPeriodEnd', 'cancelAt', 'createdAt', 'endedAt'],
      properties: { id: { isTitle: true, ...linkToStripe(core, 'id', 'subscriptions').id }, ...sums.properties },
      sort: { sortBy: 'createdAt', direction: 'desc' },
      actions: {
        ...readOnly,
        ...sums.actions,
        sync: syncWithStripe(core, (record) => String(record.param('account'))),
      },
    },
  };
}

import { reconcileNow } from '../deeds/stripe.ts';
import type { AdminCore } from '../index.ts';
import { type PanelResource, readOnly } from './definition.ts';

/** What each comparison with Stripe found and mended. */
export function describeReconciliations({ core }: { core: AdminCore }): PanelResource {
  return {
    model: 'Reconciliation',
    withheld: [],
    options: {
      navigation: { name: 'money', icon: 'CreditCard' },
      listProperties: [
        'startedAt',
        'finishedAt',
        'compared',
        'missedEvents',
        'paidButNotActive',
        'activeButNotPaid',
        'error',
      ],
      properties: { startedAt: { isTitle: true } },
      sort: { sortBy: 'startedAt', direction: 'desc' },
      actions: { ...readOnly, ...(core.billing.on ? { reconcile: reconcileNow(core) } : {}) },
    },
  };
}

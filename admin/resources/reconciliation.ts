import { type PanelResource, readOnly } from './definition.ts';

/** What each comparison with Stripe found and mended. */
export function describeReconciliations(): PanelResource {
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
      actions: readOnly,
    },
  };
}

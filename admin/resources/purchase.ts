import { newestFirst, type PanelResource, readOnly } from './definition.ts';

/** Packs that were paid, and what they are worth now. */
export function describePurchases(): PanelResource {
  return {
    model: 'Purchase',
    withheld: [],
    options: {
      navigation: { name: 'money', icon: 'CreditCard' },
      listProperties: [
        'account',
        'pack',
        'images',
        'granted',
        'amount',
        'currency',
        'refunded',
        'disputed',
        'createdAt',
      ],
      properties: { id: { isTitle: true } },
      sort: newestFirst,
      actions: readOnly,
    },
  };
}

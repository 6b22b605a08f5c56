import { newestFirst, type PanelResource, readOnly, tellMoney } from './definition.ts';

/** Packs that were paid, and what they are worth now. */
export function describePurchases(): PanelResource {
  const sums = tellMoney(['amount', 'refunded']);
  return {
    model: 'Purchase',
    withheld: [],
    options: {
      navigation: { name: 'money', icon: 'CreditCard' },
      listProperties: ['account', 'pack', 'images', 'granted', 'amount', 'refunded', 'disputed', 'createdAt'],
      properties: { id: { isTitle: true }, ...sums.properties },
      sort: newestFirst,
      actions: { ...readOnly, ...sums.actions },
    },
  };
}

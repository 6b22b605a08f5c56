import { newestFirst, type PanelResource, readOnly } from './definition.ts';

/** Pages to pay on. The page's address is the member's own, and a chat's address may hold a token to answer with. */
export function describeCheckouts(): PanelResource {
  return {
    model: 'Checkout',
    withheld: ['url', 'replyTo'],
    options: {
      navigation: { name: 'money', icon: 'CreditCard' },
      listProperties: ['account', 'item', 'state', 'createdAt', 'expiresAt', 'finishedAt'],
      properties: { id: { isTitle: true } },
      sort: newestFirst,
      actions: readOnly,
    },
  };
}

import { newestFirst, type PanelResource, readOnly } from './definition.ts';

/** Plans that operators gave; given and ended on the account's page. */
export function describePlanGrants(): PanelResource {
  return {
    model: 'PlanGrant',
    withheld: [],
    options: {
      navigation: { name: 'money', icon: 'CreditCard' },
      listProperties: ['account', 'plan', 'until', 'endedAt', 'reason', 'createdAt'],
      sort: newestFirst,
      actions: readOnly,
    },
  };
}

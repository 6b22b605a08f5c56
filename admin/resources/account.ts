import type { ActionResponse, After } from 'adminjs';
import { endSessions, resendCode, resetSecondFactor, revokeKeys, setRole, setStatus } from '../deeds/account/access.ts';
import { giveBack, giveImages, makeUp, resetToday } from '../deeds/account/images.ts';
import { deletePerson, exportPerson, merge } from '../deeds/account/person.ts';
import { endGrants, grantPlan } from '../deeds/account/plan.ts';
import { idOf, lookAtQuota } from '../deeds/account/subject.ts';
import { makeUpToAll } from '../deeds/make-up.ts';
import { syncWithStripe } from '../deeds/stripe.ts';
import type { AdminCore } from '../index.ts';
import { newestFirst, type PanelResource, readOnly, searchable } from './definition.ts';
import { linkToStripe } from './stripe-link.ts';

export function describeAccounts({ core }: { core: AdminCore }): PanelResource {
  return {
    model: 'Account',
    search: core.accounts.search,
    withheld: ['passwordHash', 'quotaEpoch', 'sessionEpoch', 'secondFactor', 'recoveryCodes'],
    options: {
      navigation: { name: 'people', icon: 'Users' },
      listProperties: ['email', 'role', 'status', 'plan', 'entitledPlan', 'entitledUntil', 'createdAt'],
      showProperties: [
        'email',
        'id',
        'role',
        'status',
        'plan',
        'entitledPlan',
        'entitledUntil',
        'stripeCustomerId',
        'locale',
        'createdAt',
        'updatedAt',
      ],
      filterProperties: ['email', 'role', 'status', 'plan', 'entitledPlan', 'stripeCustomerId', 'createdAt'],
      properties: {
        email: { isTitle: true },
        // With links to everything that belongs to the account.
        id: { components: { show: 'RelatedToAccount' } },
        ...linkToStripe(core, 'stripeCustomerId', 'customers'),
      },
      sort: newestFirst,
      actions: {
        ...readOnly,
        list: searchable('find_account'),
        show: { after: addQuota(core) },
        suspend: setStatus(core, 'suspend', 'suspended'),
        restore: setStatus(core, 'restore', 'active'),
        grantPlan: grantPlan(core),
        endGrants: endGrants(core),
        giveImages: giveImages(core),
        giveBack: giveBack(core),
        resetToday: resetToday(core),
        makeUp: makeUp(core),
        endSessions: endSessions(core),
        revokeKeys: revokeKeys(core),
        resendCode: resendCode(core),
        setRole: setRole(core),
        resetSecondFactor: resetSecondFactor(core),
        sync: syncWithStripe(core, idOf),
        merge: merge(core),
        export: exportPerson(core),
        deletePerson: deletePerson(core),
        makeUpToAll: makeUpToAll(core),
      },
    },
  };
}

/** What an account has used and has left, for its page. */
function addQuota(core: AdminCore): After<ActionResponse> {
  return async (response, _request, { record }) => {
    if (!record) return response;
    return { ...response, record: { ...response.record, facts: await lookAtQuota(core, record) } };
  };
}

import { endSessions, resendCode, resetSecondFactor, revokeKeys, setRole, setStatus } from '../deeds/account/access.ts';
import { giveBack, giveImages, makeUp, resetToday } from '../deeds/account/images.ts';
import { deletePerson, exportPerson, merge } from '../deeds/account/person.ts';
import { endGrants, grantPlan } from '../deeds/account/plan.ts';
import { idOf } from '../deeds/account/subject.ts';
import { makeUpToAll } from '../deeds/make-up.ts';
import { syncWithStripe } from '../deeds/stripe.ts';
import type { AdminCore } from '../index.ts';
import { newestFirst, type PanelResource, readOnly } from './definition.ts';

export function describeAccounts({ core }: { core: AdminCore }): PanelResource {
  return {
    model: 'Account',
    withheld: ['passwordHash', 'quotaEpoch', 'sessionEpoch', 'secondFactor', 'recoveryCodes'],
    options: {
      navigation: { name: 'people', icon: 'Users' },
      listProperties: ['email', 'role', 'status', 'plan', 'entitledPlan', 'entitledUntil', 'createdAt'],
      showProperties: [
        'email',
        'role',
        'status',
        'plan',
        'entitledPlan',
        'entitledUntil',
        'stripeCustomerId',
        'locale',
        'createdAt',
        'updatedAt',
        'id',
      ],
      filterProperties: ['email', 'role', 'status', 'plan', 'entitledPlan', 'stripeCustomerId', 'createdAt'],
      properties: { email: { isTitle: true } },
      sort: newestFirst,
      actions: {
        ...readOnly,
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

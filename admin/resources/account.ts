import type { AccountStatus } from '@prisma/client';
import type { Action, ActionResponse, BaseRecord, CurrentAdmin } from 'adminjs';
import { defineDeed, snapshot } from '../deeds/deed.ts';
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
      },
    },
  };
}

function setStatus(core: AdminCore, name: string, status: AccountStatus): Partial<Action<ActionResponse>> {
  return defineDeed({
    core,
    name,
    icon: status === 'active' ? 'UserCheck' : 'UserX',
    danger: status === 'suspended',
    isVisible: (record) => record.param('status') !== status,
    isAccessible: maySetStatus,
    accountOf: idOf,
    look: async (record) => snapshot(await findAccount(core, record), ['status']),
    work: (record) => core.accounts.setStatus(idOf(record), status),
  });
}

const idOf = (record: BaseRecord) => String(record.id());
const findAccount = (core: AdminCore, record: BaseRecord) =>
  core.database.prisma.account.findUnique({ where: { id: idOf(record) } });

/** Nobody locks themselves out, and only owners stop owners: so one owner always remains. */
function maySetStatus(currentAdmin: CurrentAdmin, record: BaseRecord): boolean {
  if (record.id() === currentAdmin.id) return false;
  return record.param('role') !== 'owner' || currentAdmin.role === 'owner';
}

import type { AccountStatus } from '@prisma/client';
import type { Action, ActionResponse, BaseRecord, CurrentAdmin } from 'adminjs';
import type { AdminCore } from '../index.ts';
import { mayChange, newestFirst, type PanelResource, readOnly } from './definition.ts';

export function describeAccounts({ core }: { core: AdminCore }): PanelResource {
  return {
    model: 'Account',
    withheld: ['passwordHash', 'quotaEpoch', 'sessionEpoch', 'secondFactor', 'recoveryCodes'],
    options: {
      navigation: { name: 'people', icon: 'Users' },
      listProperties: ['email', 'role', 'status', 'plan', 'createdAt'],
      showProperties: ['email', 'role', 'status', 'plan', 'locale', 'createdAt', 'updatedAt', 'id'],
      filterProperties: ['email', 'role', 'status', 'plan', 'createdAt'],
      properties: { email: { isTitle: true } },
      sort: newestFirst,
      actions: {
        ...readOnly,
        suspend: { ...changeStatus(core, 'suspended'), icon: 'UserX', variant: 'danger', guard: 'confirm_suspend' },
        restore: { ...changeStatus(core, 'active'), icon: 'UserCheck', variant: 'success' },
      },
    },
  };
}

function changeStatus(core: AdminCore, status: AccountStatus): Partial<Action<ActionResponse>> {
  return {
    actionType: 'record',
    component: false,
    isVisible: ({ record }) => record?.param('status') !== status,
    isAccessible: ({ currentAdmin, record }) => !!record && maySetStatus(currentAdmin, record),
    handler: async (_request, _response, { record, resource, currentAdmin }) => {
      const id = String(record?.id());
      await core.accounts.setStatus(id, status);
      core.log.info({ account: id, status, by: currentAdmin?.id }, 'the standing of an account was changed');
      const changed = (await resource.findOne(id)) ?? record;
      return {
        record: changed?.toJSON(currentAdmin),
        notice: { type: 'success', message: status === 'active' ? 'restored' : 'suspended' },
      };
    },
  };
}

/** Nobody locks themselves out, and only owners stop owners: so one owner always remains. */
function maySetStatus(currentAdmin: CurrentAdmin | undefined, record: BaseRecord): boolean {
  if (!mayChange(currentAdmin) || record.id() === currentAdmin?.id) return false;
  return record.param('role') !== 'owner' || currentAdmin?.role === 'owner';
}

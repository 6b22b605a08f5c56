import type { Action, ActionResponse } from 'adminjs';
import { AppError } from '../../core/index.ts';
import type { AdminCore } from '../index.ts';
import { mayChange, newestFirst, type PanelResource, readOnly } from './definition.ts';
import { issueKey } from './issue-key.ts';

/** Keys are made and ended by the service: the panel keeps nothing of a key but what everybody may see. */
export function describeApiKeys({ core }: { core: AdminCore }): PanelResource {
  return {
    model: 'ApiKey',
    withheld: ['keyHash'],
    options: {
      navigation: { name: 'people', icon: 'Users' },
      listProperties: ['name', 'account', 'prefix', 'lastFour', 'lastUsedAt', 'revokedAt'],
      editProperties: ['account', 'name', 'dailyCap', 'expiresAt'],
      properties: { name: { isTitle: true }, dailyCap: { props: { type: 'number', min: 1, step: 1 } } },
      sort: newestFirst,
      actions: { ...readOnly, new: issueKey(core), revoke: revokeKey(core) },
    },
  };
}

function revokeKey(core: AdminCore): Partial<Action<ActionResponse>> {
  return {
    actionType: 'record',
    component: false,
    icon: 'Slash',
    variant: 'danger',
    guard: 'confirm_revoke',
    isVisible: ({ record }) => !record?.param('revokedAt'),
    isAccessible: ({ currentAdmin }) => mayChange(currentAdmin),
    handler: async (_request, _response, { record, resource, currentAdmin }) => {
      const [id, accountId] = [String(record?.id()), String(record?.param('account'))];
      await core.apiKeys.revoke(accountId, id).catch((error: unknown) => {
        // Somebody else was quicker.
        if (!(error instanceof AppError && error.code === 'not_found')) throw error;
      });
      core.log.info({ key: id, account: accountId, by: currentAdmin?.id }, 'an API key was revoked');
      const changed = (await resource.findOne(id)) ?? record;
      return { record: changed?.toJSON(currentAdmin), notice: { type: 'success', message: 'revoked' } };
    },
  };
}

import type { Action, ActionResponse, BaseRecord } from 'adminjs';
import { AppError } from '../../core/index.ts';
import { defineDeed, snapshot } from '../deeds/deed.ts';
import type { AdminCore } from '../index.ts';
import { newestFirst, type PanelResource, readOnly } from './definition.ts';
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
  const accountOf = (record: BaseRecord) => String(record.param('account'));
  return defineDeed({
    core,
    name: 'revoke',
    icon: 'Slash',
    danger: true,
    isVisible: (record) => !record.param('revokedAt'),
    accountOf,
    look: async (record) => {
      const key = await core.database.prisma.apiKey.findUnique({ where: { id: String(record.id()) } });
      return snapshot(key, ['name', 'lastFour', 'revokedAt']);
    },
    work: (record) =>
      core.apiKeys.revoke(accountOf(record), String(record.id())).catch((error: unknown) => {
        // Somebody else was quicker.
        if (!(error instanceof AppError && error.code === 'not_found')) throw error;
      }),
  });
}

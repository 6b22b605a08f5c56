import { newestFirst, type PanelResource, readOnly } from './definition.ts';

export function describeApiKeys(): PanelResource {
  return {
    model: 'ApiKey',
    withheld: ['keyHash'],
    options: {
      navigation: { name: 'people', icon: 'Users' },
      listProperties: ['name', 'account', 'prefix', 'lastFour', 'lastUsedAt', 'revokedAt'],
      properties: { name: { isTitle: true } },
      sort: newestFirst,
      actions: readOnly,
    },
  };
}

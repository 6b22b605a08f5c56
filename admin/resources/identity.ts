import { newestFirst, type PanelResource, readOnly } from './definition.ts';

export function describeIdentities(): PanelResource {
  return {
    model: 'Identity',
    withheld: [],
    options: {
      navigation: { name: 'people', icon: 'Users' },
      listProperties: ['platform', 'displayName', 'account', 'createdAt'],
      properties: { displayName: { isTitle: true } },
      sort: newestFirst,
      actions: readOnly,
    },
  };
}

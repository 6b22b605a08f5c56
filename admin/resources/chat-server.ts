import { type PanelResource, readOnly } from './definition.ts';

/** Discord servers that Easel was used in. */
export function describeChatServers(): PanelResource {
  return {
    model: 'ChatServer',
    withheld: [],
    options: {
      navigation: { name: 'people', icon: 'Users' },
      listProperties: ['name', 'id', 'platform', 'requests', 'firstUsedAt', 'lastUsedAt'],
      properties: { name: { isTitle: true } },
      sort: { sortBy: 'lastUsedAt', direction: 'desc' },
      actions: readOnly,
    },
  };
}

import { newestFirst, type PanelResource, readOnly } from './definition.ts';

/** Messages that no command asked for. */
export function describeNotices(): PanelResource {
  return {
    model: 'Notice',
    withheld: ['replyTo'],
    options: {
      navigation: { name: 'service', icon: 'Tool' },
      listProperties: ['account', 'platform', 'key', 'state', 'attempts', 'lastError', 'createdAt'],
      filterProperties: ['account', 'platform', 'key', 'state', 'subject', 'createdAt'],
      properties: { subject: { isTitle: true } },
      sort: newestFirst,
      actions: readOnly,
    },
  };
}

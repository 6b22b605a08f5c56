import { type PanelResource, readOnly } from './definition.ts';

/** Almost always empty: what stays here is stuck. */
export function describeOutbox(): PanelResource {
  return {
    model: 'Outbox',
    withheld: [],
    options: {
      navigation: { name: 'service', icon: 'Activity' },
      listProperties: ['id', 'topic', 'createdAt'],
      sort: { sortBy: 'id', direction: 'desc' },
      actions: readOnly,
    },
  };
}

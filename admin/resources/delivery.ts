import { newestFirst, type PanelResource, readOnly } from './definition.ts';

export function describeDeliveries(): PanelResource {
  return {
    model: 'Delivery',
    withheld: [],
    options: {
      navigation: { name: 'work', icon: 'Image' },
      listProperties: ['generation', 'platform', 'state', 'via', 'attempts', 'lastError', 'createdAt'],
      sort: newestFirst,
      actions: readOnly,
    },
  };
}

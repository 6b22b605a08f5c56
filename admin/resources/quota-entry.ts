import { type PanelResource, readOnly } from './definition.ts';

export function describeQuotaEntries(): PanelResource {
  return {
    model: 'QuotaEntry',
    withheld: [],
    options: {
      navigation: { name: 'work', icon: 'Image' },
      listProperties: ['kind', 'images', 'account', 'generation', 'day', 'createdAt'],
      sort: { sortBy: 'id', direction: 'desc' },
      actions: readOnly,
    },
  };
}

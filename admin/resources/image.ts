import { newestFirst, type PanelResource, readOnly } from './definition.ts';

export function describeImages(): PanelResource {
  return {
    model: 'Image',
    withheld: ['placeholder'],
    options: {
      navigation: { name: 'work', icon: 'Image' },
      listProperties: ['generation', 'account', 'width', 'height', 'bytes', 'createdAt', 'deletedAt'],
      sort: newestFirst,
      actions: readOnly,
    },
  };
}

import { newestFirst, type PanelResource, readOnly } from './definition.ts';

/** Pictures that members brought, to start from. */
export function describeInputImages(): PanelResource {
  return {
    model: 'InputImage',
    withheld: [],
    options: {
      navigation: { name: 'work', icon: 'Image' },
      listProperties: ['account', 'contentType', 'width', 'height', 'bytes', 'createdAt'],
      sort: newestFirst,
      actions: readOnly,
    },
  };
}

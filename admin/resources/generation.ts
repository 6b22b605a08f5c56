import { newestFirst, type PanelResource, readOnly } from './definition.ts';

export function describeGenerations(): PanelResource {
  return {
    model: 'Generation',
    // replyTo may hold a platform's token to answer with.
    withheld: ['replyTo', 'operation', 'leaseOwner', 'leaseUntil', 'requestId', 'requestHash'],
    options: {
      navigation: { name: 'work', icon: 'Image' },
      listProperties: ['ref', 'account', 'prompt', 'model', 'state', 'source', 'createdAt'],
      filterProperties: ['ref', 'account', 'prompt', 'model', 'state', 'source', 'errorCode', 'createdAt'],
      properties: { ref: { isTitle: true } },
      sort: newestFirst,
      actions: readOnly,
    },
  };
}

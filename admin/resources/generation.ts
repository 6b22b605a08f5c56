import { cancelRequest, requeueRequest, retryRequest } from '../deeds/pictures/requests.ts';
import type { AdminCore } from '../index.ts';
import { microDollars, newestFirst, type PanelResource, readOnly, searchable } from './definition.ts';

export function describeGenerations({ core }: { core: AdminCore }): PanelResource {
  return {
    model: 'Generation',
    search: core.generations.searchPrompts,
    views: {
      waiting: { finishedAt: null, state: { in: ['accepted', 'queued'] } },
      underway: { finishedAt: null, state: { notIn: ['accepted', 'queued'] } },
      tried: { state: { in: ['succeeded', 'failed'] } },
    },
    shortNames: ['ref'],
    // replyTo may hold a platform's token to answer with.
    withheld: ['replyTo', 'operation', 'leaseOwner', 'leaseUntil', 'requestId', 'requestHash'],
    options: {
      navigation: { name: 'work', icon: 'Image' },
      listProperties: ['ref', 'account', 'prompt', 'model', 'state', 'source', 'createdAt'],
      // Not the prompt, which the box above the list finds by an index.
      filterProperties: ['ref', 'account', 'model', 'state', 'source', 'errorCode', 'createdAt'],
      properties: {
        ref: { isTitle: true },
        // With links to what belongs to the request.
        id: { components: { show: 'RelatedToGeneration' } },
        costMicros: microDollars,
      },
      sort: newestFirst,
      actions: {
        ...readOnly,
        list: searchable('find_prompt'),
        cancel: cancelRequest(core),
        requeue: requeueRequest(core),
        retry: retryRequest(core),
      },
    },
  };
}

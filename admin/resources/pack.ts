import type { ActionRequest } from 'adminjs';
import { snapshot } from '../deeds/deed.ts';
import type { AdminCore } from '../index.ts';
import { type FaultKey, refuse } from '../prisma-adapter/faults.ts';
import { mayChange, type PanelResource } from './definition.ts';
import { recorded, refuseStale } from './recorded.ts';

const written = ['name', 'images', 'stripePriceId'] as const;

/** Images that are sold at once; on sale while a price is named. What was bought stays as it was bought. */
export function describePacks({ core }: { core: AdminCore }): PanelResource {
  const change = (name: 'new' | 'edit' | 'delete') => ({
    ...recorded(core, name, {
      model: 'Pack',
      idOf: ({ payload }) => String(payload?.slug).slice(0, 32),
      look: async (slug) => snapshot(await core.database.prisma.pack.findUnique({ where: { slug } }), written),
    }),
    isAccessible: ({ currentAdmin }: { currentAdmin?: Parameters<typeof mayChange>[0] }) => mayChange(currentAdmin),
  });
  return {
    model: 'Pack',
    withheld: [],
    options: {
      navigation: { name: 'money', icon: 'CreditCard' },
      listProperties: ['name', 'slug', 'images', 'stripePriceId', 'updatedAt'],
      editProperties: ['slug', 'name', 'images', 'stripePriceId'],
      properties: { name: { isTitle: true }, images: { props: { type: 'number', min: 1, step: 1 } } },
      sort: { sortBy: 'images', direction: 'asc' },
      actions: {
        new: { ...change('new'), before: checkPack },
        // Purchases refer to the slug, so it stays.
        edit: {
          ...change('edit'),
          before: [refuseStale, keepSlug, checkPack],
          layout: [...written],
        },
        delete: change('delete'),
        bulkDelete: { isAccessible: false },
      },
    },
  };
}

function keepSlug(request: ActionRequest): ActionRequest {
  const { slug: _, ...payload } = request.payload ?? {};
  return { ...request, payload };
}

function checkPack(request: ActionRequest): ActionRequest {
  if (request.method !== 'post') return request;
  const { payload = {} } = request;
  const faults: Record<string, FaultKey> = {};
  if (Number(payload.images ?? 1) < 1) faults.images = 'positive';
  if ('slug' in payload && !/^[a-z0-9_-]{1,32}$/.test(String(payload.slug))) faults.slug = 'slug';
  if (payload.stripePriceId && !/^price_\w+$/.test(String(payload.stripePriceId))) faults.stripePriceId = 'price';
  if (Object.keys(faults).length) throw refuse(faults);
  // An empty field means that it is not for sale, and two packs may be that.
  return { ...request, payload: { ...payload, stripePriceId: payload.stripePriceId || null } };
}

import type { ActionRequest, After, RecordActionResponse } from 'adminjs';
import { snapshot } from '../deeds/deed.ts';
import type { AdminCore } from '../index.ts';
import { type FaultKey, refuse } from '../prisma-adapter/faults.ts';
import { mayChange, type PanelResource } from './definition.ts';
import { recorded, refuseStale } from './recorded.ts';

const limits = ['perDay', 'perMonth', 'perMinute', 'cooldownSeconds', 'concurrent', 'priority'] as const;
const written = ['name', ...limits, 'description', 'stripePriceId'] as const;
/** New accounts and buyers get these by their names. */
const needed = ['free', 'premium'];

/** Plans are the operators' own: what is changed here holds from the next request on. */
export function describePlans({ core }: { core: AdminCore }): PanelResource {
  const announce: After<RecordActionResponse> = async (response, { method }) => {
    if (method === 'post') await core.accounts.announce();
    return response;
  };
  const change = (name: 'new' | 'edit' | 'delete') => ({
    ...recorded(core, name, {
      model: 'Plan',
      idOf: ({ payload }) => String(payload?.slug).slice(0, 32),
      look: async (slug) => snapshot(await core.database.prisma.plan.findUnique({ where: { slug } }), written),
    }),
    isAccessible: ({ currentAdmin }: { currentAdmin?: Parameters<typeof mayChange>[0] }) => mayChange(currentAdmin),
    after: announce,
  });
  return {
    model: 'Plan',
    withheld: [],
    options: {
      navigation: { name: 'people', icon: 'Users' },
      listProperties: ['name', 'slug', 'perDay', 'perMonth', 'perMinute', 'cooldownSeconds', 'concurrent', 'priority'],
      editProperties: ['slug', 'name', ...limits, 'description', 'stripePriceId'],
      properties: {
        name: { isTitle: true },
        description: { type: 'textarea' },
        ...Object.fromEntries(limits.map((name) => [name, { props: { type: 'number', min: 0, step: 1 } }])),
      },
      sort: { sortBy: 'priority', direction: 'desc' },
      actions: {
        new: { ...change('new'), before: checkLimits },
        // Accounts refer to the slug, so it stays.
        edit: {
          ...change('edit'),
          before: [refuseStale, keepSlug, checkLimits],
          layout: ['name', ...limits, 'description', 'stripePriceId'],
        },
        delete: {
          ...change('delete'),
          isAccessible: ({ currentAdmin, record }) =>
            mayChange(currentAdmin) && !needed.includes(String(record?.param('slug'))),
        },
        bulkDelete: { isAccessible: false },
      },
    },
  };
}

/** AdminJS would take a slug that was sent along for the name of the plan to change. */
function keepSlug(request: ActionRequest): ActionRequest {
  const { slug: _, ...payload } = request.payload ?? {};
  return { ...request, payload };
}

/** The column types allow more than makes sense. */
function checkLimits(request: ActionRequest): ActionRequest {
  if (request.method !== 'post') return request;
  const { payload = {} } = request;
  const faults: Record<string, FaultKey> = {};
  for (const name of limits) if (Number(payload[name] ?? 0) < 0) faults[name] = 'not_negative';
  if ('slug' in payload && !/^[a-z0-9_-]{1,32}$/.test(String(payload.slug))) faults.slug = 'slug';
  if (payload.stripePriceId && !/^price_\w+$/.test(String(payload.stripePriceId))) faults.stripePriceId = 'price';
  if (Object.keys(faults).length) throw refuse(faults);
  // An empty field means that it is not for sale, and several plans may be that.
  return 'stripePriceId' in payload
    ? { ...request, payload: { ...payload, stripePriceId: payload.stripePriceId || null } }
    : request;
}

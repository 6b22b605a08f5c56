import { day } from '../billing/periods.ts';
import { refusals } from '../http/errors.ts';
import { isWithin, pageFields, paginate, timeRange } from '../http/lists.ts';
import { flag, list, text } from '../http/parameters.ts';
import { type Route, route } from '../http/routes.ts';
import type { World } from '../world.ts';

/** The events of the last 30 days, newest first. */
export function createEvents({ world }: { world: World }) {
  const routes: Route[] = [
    route(
      'GET /v1/events',
      { ...pageFields, created: timeRange, delivery_success: flag, type: text(), types: list(text()) },
      (input) => {
        const { delivery_success: delivered } = input;
        const found = listKept().filter((event) => {
          const isWanted = input.type === undefined || matches(input.type, event.type);
          const isListed = !input.types || input.types.some((type) => matches(type, event.type));
          const hasArrived = event.pending_webhooks === 0;
          const isSo = delivered === undefined || delivered === hasArrived;
          return isSo && isWanted && isListed && isWithin(input.created, event.created);
        });
        return paginate('/v1/events', 'event', found, input);
      },
    ),
    route('GET /v1/events/:id', {}, (_, { id = '' }) => {
      const event = listKept().find((one) => one.id === id);
      if (!event) throw refusals.noSuch('event', id);
      return event;
    }),
  ];

  function listKept() {
    return world.list('event').filter((event) => event.created > world.now() - 30 * day);
  }

  return { routes };
}

/** `invoice.*` stands for all of them. */
function matches(wanted: string, type: string): boolean {
  return wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : wanted === type;
}

import { isWithin, pageFields, paginate, timeRange } from '../http/lists.ts';
import { list, text } from '../http/parameters.ts';
import { type Route, route } from '../http/routes.ts';
import type { World } from '../world.ts';

/** The events of the last 30 days, newest first. */
export function createEvents({ world }: { world: World }) {
  const routes: Route[] = [
    route('GET /v1/events', { ...pageFields, created: timeRange, type: text(), types: list(text()) }, (input) => {
      const found = world.list('event').filter((event) => {
        const isWanted = input.type === undefined || matches(input.type, event.type);
        const isListed = !input.types || input.types.some((type) => matches(type, event.type));
        return isWanted && isListed && isWithin(input.created, event.created);
      });
      return paginate('/v1/events', 'event', found, input);
    }),
    route('GET /v1/events/:id', {}, (_, { id = '' }) => world.get('event', id)),
  ];
  return { routes };
}

/** `invoice.*` stands for all of them. */
function matches(wanted: string, type: string): boolean {
  return wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : wanted === type;
}

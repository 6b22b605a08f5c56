import type Stripe from 'stripe';
import type { createEngine } from '../billing/engine.ts';
import { refuse } from '../http/errors.ts';
import { pageFields, paginate } from '../http/lists.ts';
import { integer, required, text } from '../http/parameters.ts';
import { type Route, route } from '../http/routes.ts';
import { idOf, newId, type World } from '../world.ts';

const day = 86_400;

/** Test clocks: customers made on one live in its time, which only moves forward, when told to. */
export function createTestClocks(options: {
  world: World;
  engine: ReturnType<typeof createEngine>;
  removeCustomer: (id: string) => void;
}) {
  const { world, engine, removeCustomer } = options;
  const kind = 'test_helpers.test_clock';
  const path = '/v1/test_helpers/test_clocks';
  const timers = new Set<NodeJS.Immediate>();

  /** Answers `advancing` at once, and gets there after the answer. */
  function advance(clock: Stripe.TestHelpers.TestClock, target: number): Stripe.TestHelpers.TestClock {
    if (clock.status !== 'ready') throw refuse('The test clock is currently advancing. Please try again later.');
    if (target <= clock.frozen_time) {
      throw refuse('`frozen_time` must be after the current frozen time of the test clock.', { param: 'frozen_time' });
    }
    if (target > clock.frozen_time + 2 * shortestInterval(clock.id)) {
      throw refuse(
        'You can only advance a test clock by at most two intervals of the shortest subscription of its customers.',
        { param: 'frozen_time' },
      );
    }
    Object.assign(clock, { status: 'advancing', status_details: { advancing: { target_frozen_time: target } } });
    world.emit('test_helpers.test_clock.advancing', clock);
    const timer = setImmediate(() => {
      timers.delete(timer);
      engine.runUntil(clock.id, target, (at) => {
        clock.frozen_time = Math.max(clock.frozen_time, at);
      });
      Object.assign(clock, { frozen_time: target, status: 'ready', status_details: {} });
      world.emit('test_helpers.test_clock.ready', clock);
    });
    timers.add(timer);
    return structuredClone(clock);
  }

  /** In seconds; two years when there is no subscription, as Stripe allows. */
  function shortestInterval(clock: string): number {
    const lengths = { day, week: 7 * day, month: 31 * day, year: 366 * day };
    const intervals = world
      .list('subscription')
      .filter((one) => idOf(one.test_clock) === clock && one.status !== 'canceled')
      .flatMap((one) => one.items.data)
      .map(({ price: { recurring } }) => {
        const interval = (recurring?.interval ?? 'year') as keyof typeof lengths;
        return lengths[interval] * (recurring?.interval_count ?? 1);
      });
    return Math.min(366 * day, ...intervals);
  }

  function remove(id: string) {
    const clock = world.get(kind, id);
    for (const customer of world.list('customer')) if (idOf(customer.test_clock) === id) removeCustomer(customer.id);
    world.remove(kind, id);
    world.emit('test_helpers.test_clock.deleted', clock);
    return { id, object: kind, deleted: true };
  }

  const routes: Route[] = [
    route(`POST ${path}`, { frozen_time: required(integer()), name: text(300) }, (input) => {
      const clock: Stripe.TestHelpers.TestClock = {
        id: newId('clock'),
        object: kind,
        created: world.now(),
        deletes_after: world.now() + 30 * day,
        frozen_time: input.frozen_time,
        livemode: false,
        name: input.name ?? null,
        status: 'ready',
        status_details: {},
      };
      world.insert(kind, clock);
      world.emit('test_helpers.test_clock.created', clock);
      return clock;
    }),
    route(`GET ${path}`, pageFields, (input) => paginate(path, 'test clock', world.list(kind), input)),
    route(`GET ${path}/:id`, {}, (_, { id = '' }) => world.get(kind, id)),
    route(`POST ${path}/:id/advance`, { frozen_time: required(integer()) }, (input, { id = '' }) =>
      advance(world.get(kind, id), input.frozen_time),
    ),
    route(`DELETE ${path}/:id`, {}, (_, { id = '' }) => remove(id)),
  ];

  return {
    routes,
    close(): void {
      for (const timer of timers) clearImmediate(timer);
    },
  };
}

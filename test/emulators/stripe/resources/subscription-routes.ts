import type Stripe from 'stripe';
import type { Payments } from '../billing/payments.ts';
import { day } from '../billing/periods.ts';
import type { Subscriptions } from '../billing/subscriptions.ts';
import { Refusal, refusals, refuse } from '../http/errors.ts';
import { isWithin, pageFields, paginate, timeRange } from '../http/lists.ts';
import {
  flag,
  type Input,
  integer,
  list,
  mergeMetadata,
  metadata,
  object,
  oneOf,
  required,
  text,
} from '../http/parameters.ts';
import { type Route, route } from '../http/routes.ts';
import type { World } from '../world.ts';
import { addDetails, createUpdate, detailFields, toCancellation, updateFields } from './subscription-changes.ts';

const statuses = [
  'active',
  'past_due',
  'unpaid',
  'canceled',
  'incomplete',
  'incomplete_expired',
  'trialing',
  'paused',
  'all',
  'ended',
] as const;
const createFields = {
  customer: required(text()),
  items: required(list(object({ price: required(text()), quantity: integer({ min: 1 }) }))),
  cancel_at_period_end: flag,
  default_payment_method: text(),
  description: text(500),
  metadata,
  off_session: flag,
  payment_behavior: oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete'),
  trial_end: integer(),
  trial_period_days: integer({ min: 1, max: 730 }),
  trial_settings: object({
    end_behavior: required(object({ missing_payment_method: required(oneOf('cancel', 'create_invoice', 'pause')) })),
  }),
};

const anchorNow = object({ type: required(oneOf('now')) });

/** The API of subscriptions. */
export function createSubscriptionRoutes(options: { world: World; subscriptions: Subscriptions; payments: Payments }) {
  const { world, subscriptions, payments } = options;
  const get = (id: string) => world.get('subscription', id);
  const update = createUpdate({ world, subscriptions });

  function create(input: Input<typeof createFields>): Stripe.Subscription {
    const customer = world.get('customer', input.customer, 'customer');
    const items = readItems(input);
    const days = input.trial_period_days;
    const trialEnd = input.trial_end ?? (days === undefined ? null : world.now(customer) + days * day);
    const behavior = input.payment_behavior ?? 'allow_incomplete';
    const method = payments.methodOf(customer, input.default_payment_method ?? null);
    if (!method && trialEnd === null && behavior !== 'default_incomplete') throw noMethod();
    const subscription = subscriptions.create({
      customer,
      items,
      metadata: mergeMetadata({}, input.metadata),
      description: input.description,
      method: input.default_payment_method ? method : null,
      trialEnd,
      withoutMethod: input.trial_settings?.end_behavior.missing_payment_method,
    });
    const decline = subscriptions.begin(subscription, { wait: behavior === 'default_incomplete' });
    if (decline && behavior === 'error_if_incomplete') {
      subscriptions.expire(subscription);
      throw new Refusal(402, { type: 'card_error', ...decline });
    }
    if (input.cancel_at_period_end) {
      subscriptions.setStatus(
        subscription,
        toCancellation(subscription, { cancel_at_period_end: true }, world.now(customer)),
      );
    }
    return subscription;
  }

  function readItems({ items }: Input<typeof createFields>) {
    return items.map(({ price: id, quantity = 1 }, index) => {
      const price = world.get('price', id, `items[${index}][price]`);
      if (price.recurring) return { price, quantity };
      throw refuse(
        'The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.',
        { param: `items[${index}][price]` },
      );
    });
  }

  const routes: Route[] = [
    route('POST /v1/subscriptions', createFields, create),
    route(
      'GET /v1/subscriptions',
      {
        ...pageFields,
        created: timeRange,
        customer: text(),
        price: text(),
        status: oneOf(...statuses),
        test_clock: text(),
      },
      (input) => {
        const { customer, price, status, test_clock: clock } = input;
        world.checkOwner(customer);
        const found = world.list('subscription').filter((one) => {
          const isOurs = customer === undefined ? (one.test_clock ?? undefined) === clock : one.customer === customer;
          const hasPrice = price === undefined || one.items.data.some((item) => item.price.id === price);
          return isOurs && hasPrice && hasStatus(one, status) && isWithin(input.created, one.created);
        });
        return paginate('/v1/subscriptions', 'subscription', found, input);
      },
    ),
    route('GET /v1/subscriptions/:id', {}, (_, { id = '' }) => get(id)),
    route('POST /v1/subscriptions/:id', updateFields, (input, { id = '' }) => update(get(id), input)),
    route(
      'DELETE /v1/subscriptions/:id',
      { cancellation_details: detailFields, invoice_now: flag, prorate: flag },
      (input, { id = '' }) => {
        const subscription = get(id);
        if (subscriptions.isOver(subscription)) throw refusals.noSuch('subscription', id);
        subscription.cancellation_details = addDetails(subscription.cancellation_details, input);
        subscriptions.cancel(subscription, 'cancellation_requested');
        return subscription;
      },
    ),
    route('POST /v1/subscriptions/:id/pause', { type: oneOf('subscription') }, (_, { id = '' }) => {
      const subscription = get(id);
      if (subscription.status !== 'active') {
        throw refuse('Pausing subscriptions is only supported for subscriptions with status=`active`.');
      }
      subscriptions.pause(subscription, 'pause_requested');
      return subscription;
    }),
    route('POST /v1/subscriptions/:id/resume', { billing_cycle_anchor: anchorNow }, (_, { id = '' }) => {
      const subscription = get(id);
      if (subscription.status !== 'paused') {
        throw refuse('Resuming subscriptions is only supported for subscriptions with status=`paused`.');
      }
      subscriptions.resume(subscription);
      return subscription;
    }),
    route('GET /v1/subscription_items', { ...pageFields, subscription: required(text()) }, (input) =>
      paginate('/v1/subscription_items', 'subscription item', get(input.subscription).items.data, input),
    ),
  ];

  return { routes };
}

/** Cancelled ones are left out unless asked for. */
function hasStatus(subscription: Stripe.Subscription, status: (typeof statuses)[number] | undefined): boolean {
  if (status === undefined) return subscription.status !== 'canceled';
  if (status === 'all') return true;
  if (status === 'ended') return ['canceled', 'incomplete_expired'].includes(subscription.status);
  return subscription.status === status;
}

function noMethod(): Refusal {
  return refuse(
    'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
    { code: 'resource_missing' },
  );
}

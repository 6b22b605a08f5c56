import type Stripe from 'stripe';
import type { Payments } from '../billing/payments.ts';
import { day } from '../billing/periods.ts';
import type { Subscriptions } from '../billing/subscriptions.ts';
import { Refusal, refusals, refuse } from '../http/errors.ts';
import { isWithin, pageFields, paginate, timeRange } from '../http/lists.ts';
import {
  either,
  flag,
  integer,
  list,
  mergeMetadata,
  metadata,
  object,
  oneOf,
  required,
  text,
  unsettable,
} from '../http/parameters.ts';
import { type Route, route } from '../http/routes.ts';
import { idOf, type World } from '../world.ts';
import { planOf } from './catalogue.ts';

const details = object({
  comment: unsettable(text()),
  feedback: unsettable(
    oneOf(
      'customer_service',
      'low_quality',
      'missing_features',
      'other',
      'switched_service',
      'too_complex',
      'too_expensive',
      'unused',
    ),
  ),
});
const trialSettings = object({
  end_behavior: required(object({ missing_payment_method: required(oneOf('cancel', 'create_invoice', 'pause')) })),
});
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
  trial_end: either(oneOf('now'), integer()),
  trial_period_days: integer({ min: 1, max: 730 }),
  trial_settings: trialSettings,
};
const updateFields = {
  cancel_at: unsettable(integer()),
  cancel_at_period_end: flag,
  cancellation_details: details,
  default_payment_method: text(),
  description: unsettable(text(500)),
  items: list(object({ id: text(), price: text(), quantity: integer({ min: 1 }) })),
  metadata,
  pause_collection: unsettable(
    object({ behavior: required(oneOf('keep_as_draft', 'mark_uncollectible', 'void')), resumes_at: integer() }),
  ),
  proration_behavior: oneOf('none'),
  trial_end: either(oneOf('now'), integer()),
};

/** The API of subscriptions. */
export function createSubscriptionRoutes(options: { world: World; subscriptions: Subscriptions; payments: Payments }) {
  const { world, subscriptions, payments } = options;

  function create(input: CreateInput): Stripe.Subscription {
    const customer = world.get('customer', input.customer, 'customer');
    const items = input.items.map(({ price: id, quantity = 1 }, index) => {
      const price = world.get('price', id, `items[${index}][price]`);
      if (price.recurring) return { price, quantity };
      throw refuse(
        `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`,
        { param: `items[${index}][price]` },
      );
    });
    const now = world.now(customer);
    const days = input.trial_period_days;
    const trialEnd =
      typeof input.trial_end === 'number' ? input.trial_end : days === undefined ? null : now + days * day;
    const method = payments.methodOf(customer, input.default_payment_method ?? null);
    if (!method && trialEnd === null && input.payment_behavior !== 'default_incomplete') throw noMethod();
    const behavior = input.trial_settings?.end_behavior.missing_payment_method;
    const subscription = subscriptions.create({
      customer,
      items,
      metadata: mergeMetadata({}, input.metadata),
      description: input.description,
      method: input.default_payment_method ? method : null,
      trialEnd,
      ...(behavior && {
        trialSettings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: behavior } },
      }),
    });
    const decline = subscriptions.begin(subscription, false);
    if (decline && input.payment_behavior === 'error_if_incomplete') {
      subscriptions.expire(subscription);
      const { code, decline_code, message } = decline;
      throw new Refusal(402, { type: 'card_error', code, decline_code, message });
    }
    return subscription;
  }

  function get(id: string): Stripe.Subscription {
    return world.get('subscription', id);
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
        const { customer, price, status } = input;
        const found = world.list('subscription').filter((one) => {
          const isOurs = customer === undefined || one.customer === customer;
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
      { cancellation_details: details, invoice_now: flag, prorate: flag },
      (input, { id = '' }) => {
        const subscription = get(id);
        if (subscriptions.isOver(subscription)) throw refusals.noSuch('subscription', id);
        addDetails(subscription, input.cancellation_details);
        subscriptions.cancel(subscription, 'cancellation_requested');
        return subscription;
      },
    ),
    route(
      'POST /v1/subscriptions/:id/resume',
      { billing_cycle_anchor: oneOf('now', 'unchanged') },
      (_, { id = '' }) => {
        const subscription = get(id);
        if (subscription.status !== 'paused') {
          throw refuse('Resuming subscriptions is only supported for subscriptions with status=`paused`.');
        }
        subscriptions.resume(subscription);
        return subscription;
      },
    ),
    route('GET /v1/subscription_items', { ...pageFields, subscription: required(text()) }, (input) =>
      paginate('/v1/subscription_items', 'subscription_item', get(input.subscription).items.data, input),
    ),
  ];

  function update(subscription: Stripe.Subscription, input: UpdateInput): Stripe.Subscription {
    if (subscriptions.isOver(subscription)) {
      if (Object.keys(input).every((key) => key === 'metadata' || key === 'cancellation_details')) {
        subscriptions.setStatus(subscription, { metadata: mergeMetadata(subscription.metadata, input.metadata) });
        return subscription;
      }
      throw refuse('A canceled subscription can only update its cancellation_details and metadata.');
    }
    if (input.default_payment_method)
      world.get('payment_method', input.default_payment_method, 'default_payment_method');
    const patch: Partial<Stripe.Subscription> = { ...toCancellation(subscription, input, now(subscription)) };
    if (input.metadata !== undefined) patch.metadata = mergeMetadata(subscription.metadata, input.metadata);
    if (input.description !== undefined) patch.description = input.description;
    if (input.default_payment_method) patch.default_payment_method = input.default_payment_method;
    if (input.items) patch.items = toItems(subscription, input.items);
    if (input.pause_collection !== undefined) {
      const { pause_collection: pause } = input;
      patch.pause_collection = pause && { behavior: pause.behavior, resumes_at: pause.resumes_at ?? null };
    }
    addDetails(subscription, input.cancellation_details);
    if (typeof input.trial_end === 'number') {
      Object.assign(patch, { trial_end: input.trial_end, status: 'trialing' });
    }
    subscriptions.setStatus(subscription, patch);
    if (input.trial_end === 'now' && subscription.status === 'trialing') subscriptions.endTrialNow(subscription);
    return subscription;
  }

  function now(subscription: Stripe.Subscription): number {
    return world.now(world.find('customer', idOf(subscription.customer)));
  }

  function toItems(subscription: Stripe.Subscription, given: NonNullable<UpdateInput['items']>) {
    const items = structuredClone(subscription.items);
    given.forEach(({ id, price: priceId, quantity }, index) => {
      const item = items.data.find((one) => one.id === id);
      if (!item) throw refusals.noSuch('subscription item', id ?? '', `items[${index}][id]`);
      if (quantity !== undefined) item.quantity = quantity;
      if (priceId === undefined) return;
      item.price = structuredClone(world.get('price', priceId, `items[${index}][price]`));
      item.plan = planOf(item.price);
    });
    return items;
  }

  return { routes };
}

type CreateInput = { [K in keyof typeof createFields]?: ReturnType<(typeof createFields)[K]> } & {
  customer: string;
  items: { price: string; quantity?: number }[];
};
type UpdateInput = { [K in keyof typeof updateFields]?: ReturnType<(typeof updateFields)[K]> };

function hasStatus(subscription: Stripe.Subscription, status: (typeof statuses)[number] | undefined): boolean {
  if (status === undefined) return subscription.status !== 'canceled';
  if (status === 'all') return true;
  if (status === 'ended') return ['canceled', 'incomplete_expired'].includes(subscription.status);
  return subscription.status === status;
}

/** What `cancel_at_period_end` and `cancel_at` make of each other. */
function toCancellation(subscription: Stripe.Subscription, input: UpdateInput, now: number) {
  const { cancel_at_period_end: atEnd, cancel_at: at } = input;
  if (atEnd !== undefined && at !== undefined) throw refusals.onlyOne('cancel_at', 'cancel_at_period_end');
  const reason = (wanted: boolean): Stripe.Subscription.CancellationDetails => ({
    comment: null,
    feedback: null,
    feedback_option: null,
    ...subscription.cancellation_details,
    reason: wanted ? 'cancellation_requested' : null,
  });
  if (at !== undefined) {
    return { cancel_at: at, canceled_at: at === null ? null : now, cancellation_details: reason(at !== null) };
  }
  if (atEnd === undefined) return {};
  const end = subscription.items.data[0]?.current_period_end ?? null;
  return {
    cancel_at_period_end: atEnd,
    cancel_at: atEnd ? end : null,
    canceled_at: atEnd ? (subscription.canceled_at ?? now) : null,
    cancellation_details: reason(atEnd),
  };
}

function addDetails(subscription: Stripe.Subscription, given: ReturnType<typeof details> | undefined): void {
  if (!given) return;
  const kept = {
    comment: null,
    feedback: null,
    feedback_option: null,
    reason: null,
    ...subscription.cancellation_details,
  };
  subscription.cancellation_details = { ...kept, ...given };
}

function noMethod(): Refusal {
  return refuse(
    'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
    { code: 'resource_missing' },
  );
}

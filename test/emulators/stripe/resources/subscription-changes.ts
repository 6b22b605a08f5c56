import type Stripe from 'stripe';
import type { Subscriptions } from '../billing/subscriptions.ts';
import { refusals, refuse } from '../http/errors.ts';
import {
  either,
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
  unsettable,
} from '../http/parameters.ts';
import { idOf, type World } from '../world.ts';
import { planOf } from './catalogue.ts';

export const detailFields = object({
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
export const updateFields = {
  cancel_at: unsettable(integer()),
  cancel_at_period_end: flag,
  cancellation_details: detailFields,
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
export type UpdateInput = Input<typeof updateFields>;

/** `POST /v1/subscriptions/:id`. Another price or quantity counts from the next period: nothing is prorated. */
export function createUpdate(options: { world: World; subscriptions: Subscriptions }) {
  const { world, subscriptions } = options;

  return (subscription: Stripe.Subscription, input: UpdateInput): Stripe.Subscription => {
    const isOver = subscriptions.isOver(subscription);
    if (isOver && Object.keys(input).some((key) => key !== 'metadata' && key !== 'cancellation_details')) {
      throw refuse('A canceled subscription can only update its cancellation_details and metadata.');
    }
    const { default_payment_method: method, pause_collection: pause } = input;
    if (method) world.get('payment_method', method, 'default_payment_method');
    const now = world.now(world.find('customer', idOf(subscription.customer)));
    const patch: Partial<Stripe.Subscription> = toCancellation(subscription, input, now);
    patch.metadata = mergeMetadata(subscription.metadata, input.metadata);
    if (input.description !== undefined) patch.description = input.description;
    if (method) patch.default_payment_method = method;
    if (input.items) patch.items = toItems(subscription, input.items);
    if (pause !== undefined) patch.pause_collection = pause && { resumes_at: null, ...pause };
    if (typeof input.trial_end === 'number') Object.assign(patch, { trial_end: input.trial_end, status: 'trialing' });
    if (input.cancellation_details) {
      patch.cancellation_details = addDetails(patch.cancellation_details ?? subscription.cancellation_details, input);
    }
    subscriptions.setStatus(subscription, patch);
    if (input.trial_end === 'now' && subscription.status === 'trialing') subscriptions.endTrialNow(subscription);
    return subscription;
  };

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
}

/** What `cancel_at_period_end` and `cancel_at` make of each other. */
export function toCancellation(
  subscription: Stripe.Subscription,
  input: Pick<UpdateInput, 'cancel_at' | 'cancel_at_period_end'>,
  now: number,
): Partial<Stripe.Subscription> {
  const { cancel_at_period_end: atEnd, cancel_at: at } = input;
  if (atEnd !== undefined && at !== undefined) throw refusals.onlyOne('cancel_at', 'cancel_at_period_end');
  if (atEnd === undefined && at === undefined) return {};
  const end = subscription.items.data[0]?.current_period_end ?? null;
  const wanted = at === undefined ? (atEnd ? end : null) : at;
  const reason = wanted === null ? null : 'cancellation_requested';
  return {
    cancel_at_period_end: atEnd ?? false,
    cancel_at: wanted,
    canceled_at: wanted === null ? null : (subscription.canceled_at ?? now),
    cancellation_details: { ...blankDetails, ...subscription.cancellation_details, reason },
  };
}

/** The comment and feedback that come with a cancellation. */
export function addDetails(
  kept: Stripe.Subscription.CancellationDetails | null,
  { cancellation_details: given }: Pick<UpdateInput, 'cancellation_details'>,
): Stripe.Subscription.CancellationDetails {
  return { ...blankDetails, ...kept, ...given };
}

const blankDetails = { comment: null, feedback: null, feedback_option: null, reason: null };

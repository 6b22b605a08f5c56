import type Stripe from 'stripe';
import type { Reduction } from '../billing/discounts.ts';
import { refusals, refuse } from '../http/errors.ts';
import {
  decimal,
  email,
  flag,
  type Input,
  integer,
  list,
  metadata,
  object,
  oneOf,
  required,
  text,
  url,
} from '../http/parameters.ts';
import { checkoutLocales } from './locales.ts';

export const sessionFields = {
  allow_promotion_codes: flag,
  automatic_tax: object({ enabled: required(flag) }),
  billing_address_collection: oneOf('auto', 'required'),
  cancel_url: url,
  client_reference_id: text(200),
  customer: text(),
  customer_creation: oneOf('always', 'if_required'),
  customer_email: email,
  customer_update: object({
    address: oneOf('auto', 'never'),
    name: oneOf('auto', 'never'),
    shipping: oneOf('auto', 'never'),
  }),
  discounts: list(object({ coupon: text(), promotion_code: text() })),
  expires_at: integer(),
  line_items: list(object({ price: text(), quantity: integer({ min: 1 }) })),
  locale: oneOf(...checkoutLocales),
  metadata,
  mode: oneOf('payment', 'setup', 'subscription'),
  payment_intent_data: object({
    metadata,
    description: text(),
    setup_future_usage: oneOf('off_session', 'on_session'),
  }),
  payment_method_collection: oneOf('always', 'if_required'),
  payment_method_types: list(oneOf('card')),
  submit_type: oneOf('auto', 'book', 'donate', 'pay', 'subscribe'),
  subscription_data: object({
    application_fee_percent: decimal,
    description: text(500),
    metadata,
    trial_end: integer(),
    trial_period_days: integer({ min: 1, max: 730 }),
    trial_settings: object({
      end_behavior: required(object({ missing_payment_method: required(oneOf('cancel', 'create_invoice', 'pause')) })),
    }),
  }),
  success_url: url,
  ui_mode: oneOf('hosted_page'),
};
export type CheckoutInput = Input<typeof sessionFields>;
/** What a session remembers beyond what the API shows of it. */
export type Remembered = {
  lines: { price: Stripe.Price; quantity: number }[];
  input: CheckoutInput;
  /** What it was made with, not what is typed at its page. */
  reduction: Reduction | null;
};

const minute = 60;
const day = 24 * 60 * minute;

/** What contradicts itself, whatever the account holds. */
export function check(input: CheckoutInput): void {
  if (input.mode === undefined) throw refusals.missing('mode');
  if (input.mode === 'setup') throw refuse('`setup` mode is not part of this emulator.', { param: 'mode' });
  if (input.success_url === undefined) throw refusals.missing('success_url');
  if (input.customer && input.customer_email) throw refusals.onlyOne('customer', 'customer_email');
  if (input.allow_promotion_codes !== undefined && input.discounts) {
    throw refusals.onlyOne('allow_promotion_codes', 'discounts');
  }
  if (input.customer_update && !input.customer) {
    throw refuse('`customer_update` can only be used with `customer`.', { param: 'customer_update' });
  }
  if (input.customer_creation && input.mode !== 'payment') {
    throw refuse('`customer_creation` can only be used in `payment` mode.', { param: 'customer_creation' });
  }
  const { trial_end: end, trial_period_days: days } = input.subscription_data ?? {};
  if (end !== undefined && days !== undefined) {
    throw refusals.onlyOne('subscription_data[trial_end]', 'subscription_data[trial_period_days]');
  }
  if (input.subscription_data && input.mode !== 'subscription') {
    throw refuse('You can not pass `subscription_data` in `payment` mode.', { param: 'subscription_data' });
  }
  if (input.payment_intent_data && input.mode !== 'payment') {
    throw refuse('You can not pass `payment_intent_data` in `subscription` mode.', { param: 'payment_intent_data' });
  }
}

/** Automatic tax wants to know where a known customer is. */
export function checkTax(input: CheckoutInput, customer: Stripe.Customer | null): void {
  if (!input.automatic_tax?.enabled || !customer || customer.address?.country) return;
  if (input.customer_update?.address === 'auto' || input.customer_update?.shipping === 'auto') return;
  throw refuse(
    "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.",
    { code: 'customer_tax_location_invalid', param: 'automatic_tax' },
  );
}

/** A trial that ends at a time has two days at least to run. */
export function checkTrial({ subscription_data: data }: CheckoutInput, now: number): void {
  if (data?.trial_end === undefined || data.trial_end >= now + 2 * day) return;
  throw refuse('The `trial_end` date has to be at least 2 days in the future.', {
    param: 'subscription_data[trial_end]',
  });
}

/** Recurring prices for subscriptions, one-time ones for payments. */
export function checkMode({ mode }: CheckoutInput, lines: Remembered['lines']): void {
  const recurring = lines.filter(({ price }) => price.type === 'recurring');
  if (mode === 'subscription' && recurring.length === 0) {
    throw refuse('You must provide at least one recurring price in `subscription` mode when using prices.', {
      param: 'line_items',
    });
  }
  if (mode === 'payment' && recurring.length > 0) {
    throw refuse(
      'You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.',
      { param: 'mode' },
    );
  }
  if (mode === 'subscription' && recurring.length < lines.length) {
    throw refuse('One-time prices beside recurring ones are not part of this emulator.', { param: 'line_items' });
  }
  if (new Set(lines.map(({ price }) => price.currency)).size > 1) {
    throw refuse('All prices on a Checkout Session must use the same currency.', { param: 'line_items' });
  }
}

/** From 30 minutes to 24 hours from now; 24 hours unless told. */
export function readExpiry(given: number | undefined, now: number): number {
  if (given === undefined) return now + day;
  if (given < now + 30 * minute) {
    throw refuse('The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.', {
      param: 'expires_at',
    });
  }
  if (given > now + day) {
    throw refuse('The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.', {
      param: 'expires_at',
    });
  }
  return given;
}

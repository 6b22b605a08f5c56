import type Stripe from 'stripe';
import type { Subscriptions } from '../billing/subscriptions.ts';
import { refusals, refuse } from '../http/errors.ts';
import { isWithin, pageFields, paginate, timeRange } from '../http/lists.ts';
import {
  decimal,
  email,
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
  url,
} from '../http/parameters.ts';
import { type Route, route } from '../http/routes.ts';
import type { World } from '../world.ts';
import { makeSession } from './checkout-session.ts';

const locales = [
  'auto',
  'bg',
  'cs',
  'da',
  'de',
  'el',
  'en',
  'en-GB',
  'es',
  'es-419',
  'et',
  'fi',
  'fil',
  'fr',
  'fr-CA',
  'hr',
  'hu',
  'id',
  'it',
  'ja',
  'ko',
  'lt',
  'lv',
  'ms',
  'mt',
  'nb',
  'nl',
  'pl',
  'pt',
  'pt-BR',
  'ro',
  'ru',
  'sk',
  'sl',
  'sv',
  'th',
  'tr',
  'vi',
  'zh',
  'zh-HK',
  'zh-TW',
] as const;
const fields = {
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
  locale: oneOf(...locales),
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
export type CheckoutInput = Input<typeof fields>;
/** What a session remembers beyond what the API shows of it. */
export type Remembered = { lines: { price: Stripe.Price; quantity: number }[]; input: CheckoutInput };

const minute = 60;
const day = 24 * 60 * minute;

/** Checkout sessions: made, listed, expired. Paying them is the hosted page's. */
export function createCheckout(options: { world: World; subscriptions: Subscriptions; origin: () => string }) {
  const { world, origin } = options;
  const remembered = new Map<string, Remembered>();

  function create(input: CheckoutInput): Stripe.Checkout.Session {
    check(input);
    const customer = input.customer ? world.get('customer', input.customer, 'customer') : null;
    checkTax(input, customer);
    const lines = readLines(input);
    checkMode(input, lines);
    const now = world.now();
    const expires = readExpiry(input.expires_at, now);
    const session = makeSession({ input, lines, now, expires, origin: origin() });
    remembered.set(session.id, { lines, input });
    return world.insert('checkout.session', session);
  }

  function readLines({ line_items: items = [] }: CheckoutInput): Remembered['lines'] {
    if (items.length === 0) throw refusals.missing('line_items');
    return items.map(({ price: id, quantity }, index) => {
      if (id === undefined) throw refusals.missing(`line_items[${index}][price]`);
      if (quantity === undefined) throw refuse(`Quantity is required. Add \`quantity\` to \`line_items[${index}]\``);
      const price = world.get('price', id, `line_items[${index}][price]`);
      if (!price.active) {
        throw refuse('The price specified is inactive. This field only accepts active prices.', {
          param: `line_items[${index}][price]`,
        });
      }
      return { price, quantity };
    });
  }

  function expire(session: Stripe.Checkout.Session): Stripe.Checkout.Session {
    Object.assign(session, { status: 'expired', url: null });
    world.emit('checkout.session.expired', session);
    return session;
  }

  const routes: Route[] = [
    route('POST /v1/checkout/sessions', fields, create),
    route(
      'GET /v1/checkout/sessions',
      {
        ...pageFields,
        created: timeRange,
        customer: text(),
        customer_details: object({ email: required(text()) }),
        payment_intent: text(),
        status: oneOf('open', 'complete', 'expired'),
        subscription: text(),
      },
      (input) => {
        if (input.customer) world.get('customer', input.customer, 'customer');
        const { customer, payment_intent, status, subscription } = input;
        const wanted = Object.entries({ customer, payment_intent, status, subscription });
        const found = world.list('checkout.session').filter((session) => {
          const emailMatches =
            !input.customer_details || session.customer_details?.email === input.customer_details.email;
          const matches = wanted.every(([key, value]) => value === undefined || Reflect.get(session, key) === value);
          return matches && emailMatches && isWithin(input.created, session.created);
        });
        return paginate('/v1/checkout/sessions', 'checkout session', found, input);
      },
    ),
    route('GET /v1/checkout/sessions/:id', {}, (_, { id = '' }) => get(id)),
    route('GET /v1/checkout/sessions/:id/line_items', pageFields, (input, { id = '' }) =>
      paginate(`/v1/checkout/sessions/${id}/line_items`, 'line item', listLines(get(id).id).data, input),
    ),
    route('POST /v1/checkout/sessions/:id', { metadata }, (input, { id = '' }) => {
      const session = get(id);
      session.metadata = mergeMetadata(session.metadata ?? {}, input.metadata);
      return session;
    }),
    route('POST /v1/checkout/sessions/:id/expire', {}, (_, { id = '' }) => {
      const session = get(id);
      if (session.status === 'open') return expire(session);
      throw refuse(
        `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`,
      );
    }),
  ];

  function get(id: string): Stripe.Checkout.Session {
    const session = world.find('checkout.session', id);
    if (!session) throw refusals.noSuch('checkout.session', id);
    return session;
  }

  function listLines(id: string): Stripe.ApiList<Stripe.LineItem> {
    const lines = remembered.get(id)?.lines ?? [];
    const data = lines.map((line) => presentLine(world, id, line));
    return { object: 'list', data, has_more: false, url: `/v1/checkout/sessions/${id}/line_items` };
  }

  return { routes, listLines, expire, recall: (id: string) => remembered.get(id) };
}

function check(input: CheckoutInput): void {
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
  if (input.subscription_data && input.mode !== 'subscription') {
    throw refuse('You can not pass `subscription_data` in `payment` mode.', { param: 'subscription_data' });
  }
  if (input.payment_intent_data && input.mode !== 'payment') {
    throw refuse('You can not pass `payment_intent_data` in `subscription` mode.', { param: 'payment_intent_data' });
  }
}

function checkTax(input: CheckoutInput, customer: Stripe.Customer | null): void {
  if (!input.automatic_tax?.enabled || !customer || customer.address?.country) return;
  if (input.customer_update?.address === 'auto' || input.customer_update?.shipping === 'auto') return;
  throw refuse(
    "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.",
    { code: 'customer_tax_location_invalid', param: 'automatic_tax' },
  );
}

function checkMode({ mode }: CheckoutInput, lines: Remembered['lines']): void {
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
  if (new Set(lines.map(({ price }) => price.currency)).size > 1) {
    throw refuse('All prices on a Checkout Session must use the same currency.', { param: 'line_items' });
  }
}

function readExpiry(given: number | undefined, now: number): number {
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

function presentLine(world: World, session: string, { price, quantity }: Remembered['lines'][number]): Stripe.LineItem {
  const amount = (price.unit_amount ?? 0) * quantity;
  return {
    id: `li_${session.slice(-10)}${price.id.slice(-10)}`,
    object: 'item',
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: amount,
    amount_tax: 0,
    amount_total: amount,
    currency: price.currency,
    description: world.find('product', String(price.product))?.name ?? null,
    metadata: {},
    price: structuredClone(price),
    quantity,
  };
}

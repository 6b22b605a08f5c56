import type Stripe from 'stripe';
import { type Reduction, reduce } from '../billing/discounts.ts';
import { refusals, refuse } from '../http/errors.ts';
import { isWithin, pageFields, paginate, timeRange } from '../http/lists.ts';
import { mergeMetadata, metadata, object, oneOf, required, text } from '../http/parameters.ts';
import { type Route, route } from '../http/routes.ts';
import { idOf, type World } from '../world.ts';
import {
  type CheckoutInput,
  check,
  checkMode,
  checkTax,
  checkTrial,
  type Remembered,
  readExpiry,
  sessionFields,
} from './checkout-fields.ts';
import { makeSession } from './checkout-session.ts';

/** Checkout sessions: made, listed, expired. Paying them is the hosted page's. */
export function createCheckout(options: { world: World; origin: () => string }) {
  const { world, origin } = options;
  const remembered = new Map<string, Remembered>();

  function create(input: CheckoutInput): Stripe.Checkout.Session {
    check(input);
    const customer = input.customer ? world.get('customer', input.customer, 'customer') : null;
    checkTax(input, customer);
    const lines = readLines(input);
    checkMode(input, lines);
    checkCurrency(customer, lines);
    const now = world.now();
    checkTrial(input, world.now(customer));
    const expires = readExpiry(input.expires_at, now);
    const reduction = readDiscount(input);
    const session = makeSession({ input, lines, now, expires, origin: origin() });
    setReduction(session, reduction);
    remembered.set(session.id, { lines, input, reduction });
    return world.insert('checkout.session', session);
  }

  function readDiscount({ discounts: [given, second] = [] }: CheckoutInput): Reduction | null {
    if (second) throw refuse('You can only apply one discount to a Checkout Session.', { param: 'discounts' });
    if (given?.coupon) return { coupon: world.get('coupon', given.coupon, 'discounts[0][coupon]'), code: null };
    if (!given?.promotion_code) return null;
    const code = world.get('promotion_code', given.promotion_code, 'discounts[0][promotion_code]');
    return { coupon: world.get('coupon', idOf(code.promotion.coupon) ?? ''), code };
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
    route('POST /v1/checkout/sessions', sessionFields, create),
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
        world.checkOwner(input.customer);
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

/** What is taken off, and what is left to pay today. */
export function setReduction(session: Stripe.Checkout.Session, reduction: Reduction | null): void {
  const subtotal = session.amount_subtotal ?? 0;
  const off = reduce(reduction?.coupon, subtotal);
  session.amount_total = subtotal - off;
  session.total_details = { amount_discount: off, amount_shipping: 0, amount_tax: 0 };
  session.discounts = reduction
    ? [{ coupon: reduction.code ? null : reduction.coupon.id, promotion_code: reduction.code?.id ?? null }]
    : [];
}

function checkCurrency(customer: Stripe.Customer | null, lines: Remembered['lines']): void {
  const currency = customer?.currency;
  if (!currency || lines.every(({ price }) => price.currency === currency)) return;
  throw refuse(
    `You cannot combine currencies on a single customer. This customer has had a subscription, coupon, or invoice item with currency ${currency}`,
    { param: 'customer' },
  );
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

import type Stripe from 'stripe';
import { refusals, refuse } from '../http/errors.ts';
import { pageFields, paginate } from '../http/lists.ts';
import { decimal, flag, integer, mergeMetadata, metadata, object, oneOf, required, text } from '../http/parameters.ts';
import { type Route, route } from '../http/routes.ts';
import { idOf, newId, randomLetters, type World } from '../world.ts';

/** Coupons, and the promotion codes that people type at the hosted page. */
export function createPromotions({ world }: { world: World }) {
  const couponRoutes: Route[] = [
    route(
      'POST /v1/coupons',
      {
        amount_off: integer({ min: 1 }),
        currency: text(3),
        duration: oneOf('forever', 'once', 'repeating'),
        duration_in_months: integer({ min: 1 }),
        id: text(),
        max_redemptions: integer({ min: 1 }),
        metadata,
        name: text(40),
        percent_off: decimal,
        redeem_by: integer(),
      },
      (input) => {
        const { amount_off: amount, percent_off: percent, currency, id = randomLetters(8) } = input;
        if (amount === undefined && percent === undefined) throw refusals.missing('percent_off');
        if (amount !== undefined && percent !== undefined) throw refusals.onlyOne('amount_off', 'percent_off');
        if (amount !== undefined && currency === undefined) throw refusals.missing('currency');
        if (percent !== undefined && (percent <= 0 || percent > 100)) {
          throw refuse('Invalid percent_off: must be greater than 0 and at most 100', { param: 'percent_off' });
        }
        if (world.find('coupon', id)) throw refuse('Coupon already exists.', { code: 'resource_already_exists' });
        const coupon = makeCoupon({ ...input, id }, world.now());
        world.insert('coupon', coupon);
        world.emit('coupon.created', coupon);
        return coupon;
      },
    ),
    route('GET /v1/coupons', pageFields, (input) => paginate('/v1/coupons', 'coupon', world.list('coupon'), input)),
    route('GET /v1/coupons/:id', {}, (_, { id = '' }) => world.get('coupon', id)),
  ];

  const codeRoutes: Route[] = [
    route(
      'POST /v1/promotion_codes',
      {
        active: flag,
        code: text(500),
        customer: text(),
        expires_at: integer(),
        max_redemptions: integer({ min: 1 }),
        metadata,
        promotion: required(object({ coupon: required(text()), type: required(oneOf('coupon')) })),
      },
      (input) => {
        const coupon = world.get('coupon', input.promotion.coupon, 'promotion[coupon]');
        if (input.customer) world.get('customer', input.customer, 'customer');
        const code = input.code ?? randomLetters(8).toUpperCase();
        const isTaken = world
          .list('promotion_code')
          .some((one) => one.active && one.code.toLowerCase() === code.toLowerCase());
        if (isTaken) throw refuse(`An active promotion code with \`code: ${code}\` already exists.`);
        const made = makeCode({ ...input, code }, coupon, world.now());
        world.insert('promotion_code', made);
        world.emit('promotion_code.created', made);
        return made;
      },
    ),
    route('GET /v1/promotion_codes', { ...pageFields, active: flag, code: text(), coupon: text() }, (input) => {
      const found = world.list('promotion_code').filter((one) => {
        const isActive = input.active === undefined || one.active === input.active;
        const isNamed = input.code === undefined || one.code.toLowerCase() === input.code.toLowerCase();
        return isActive && isNamed && (input.coupon === undefined || idOf(one.promotion.coupon) === input.coupon);
      });
      return paginate('/v1/promotion_codes', 'promotion code', found, input);
    }),
    route('GET /v1/promotion_codes/:id', {}, (_, { id = '' }) => world.get('promotion_code', id)),
    route('POST /v1/promotion_codes/:id', { active: flag, metadata }, (input, { id = '' }) => {
      const code = world.get('promotion_code', id);
      const patch = { ...input, metadata: mergeMetadata(code.metadata ?? {}, input.metadata) };
      world.change(code, patch, 'promotion_code.updated');
      return code;
    }),
  ];

  return { routes: [...couponRoutes, ...codeRoutes] };
}

type NewCoupon = {
  id: string;
  amount_off?: number;
  currency?: string;
  duration?: 'forever' | 'once' | 'repeating';
  duration_in_months?: number;
  max_redemptions?: number;
  metadata?: Record<string, string> | null;
  name?: string;
  percent_off?: number;
  redeem_by?: number;
};

function makeCoupon(given: NewCoupon, created: number): Stripe.Coupon {
  return {
    id: given.id,
    object: 'coupon',
    amount_off: given.amount_off ?? null,
    created,
    currency: given.currency?.toLowerCase() ?? null,
    duration: given.duration ?? 'once',
    duration_in_months: given.duration_in_months ?? null,
    livemode: false,
    max_redemptions: given.max_redemptions ?? null,
    metadata: mergeMetadata({}, given.metadata),
    name: given.name ?? null,
    percent_off: given.percent_off ?? null,
    redeem_by: given.redeem_by ?? null,
    times_redeemed: 0,
    valid: true,
  };
}

type NewCode = {
  code: string;
  active?: boolean;
  customer?: string;
  expires_at?: number;
  max_redemptions?: number;
  metadata?: Record<string, string> | null;
};

function makeCode(given: NewCode, coupon: Stripe.Coupon, created: number): Stripe.PromotionCode {
  return {
    id: newId('promo'),
    object: 'promotion_code',
    active: given.active ?? true,
    code: given.code,
    created,
    customer: given.customer ?? null,
    customer_account: null,
    expires_at: given.expires_at ?? null,
    livemode: false,
    max_redemptions: given.max_redemptions ?? null,
    metadata: mergeMetadata({}, given.metadata),
    promotion: { coupon: coupon.id, type: 'coupon' },
    restrictions: { first_time_transaction: false, minimum_amount: null, minimum_amount_currency: null },
    times_redeemed: 0,
  };
}

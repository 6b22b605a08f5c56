import type Stripe from 'stripe';
import { idOf, newId, type World } from '../world.ts';

/** A coupon, and the promotion code that gave it. */
export type Reduction = { coupon: Stripe.Coupon; code: Stripe.PromotionCode | null };

/** What a coupon takes off an amount. */
export function reduce(coupon: Stripe.Coupon | undefined, amount: number): number {
  if (!coupon) return 0;
  const off = coupon.amount_off ?? Math.round((amount * (coupon.percent_off ?? 0)) / 100);
  return Math.min(off, amount);
}

/** The coupon of a discount, while it lasts. */
export function couponOf(world: World, discountId: string | null, at: number): Stripe.Coupon | undefined {
  const discount = world.find('discount', discountId);
  if (!discount || (discount.end !== null && discount.end <= at)) return undefined;
  return world.find('coupon', idOf(discount.source.coupon));
}

/** Redeems a coupon or a promotion code: the discount that a subscription keeps. */
export function redeem(
  world: World,
  { coupon, code }: Reduction,
  owner: { customer: string; subscription: string; checkoutSession: string },
  at: number,
): Stripe.Discount {
  countRedemption({ coupon, code });
  const discount: Stripe.Discount = {
    id: newId('di'),
    object: 'discount',
    checkout_session: owner.checkoutSession,
    customer: owner.customer,
    customer_account: null,
    end: endOf(coupon, at),
    invoice: null,
    invoice_item: null,
    promotion_code: code?.id ?? null,
    source: { coupon: coupon.id, type: 'coupon' },
    start: at,
    subscription: owner.subscription,
    subscription_item: null,
  };
  world.insert('discount', discount);
  world.emit('customer.discount.created', discount);
  return discount;
}

/** One redemption more; a coupon that reached its last is no longer valid. */
export function countRedemption({ coupon, code }: Reduction): void {
  if (code) code.times_redeemed += 1;
  coupon.times_redeemed += 1;
  if (coupon.max_redemptions !== null && coupon.times_redeemed >= coupon.max_redemptions) coupon.valid = false;
}

/** A coupon for once is over a moment after the invoice that it came with. */
function endOf(coupon: Stripe.Coupon, at: number): number | null {
  if (coupon.duration === 'once') return at + 1;
  if (coupon.duration !== 'repeating') return null;
  const end = new Date(at * 1000);
  end.setUTCMonth(end.getUTCMonth() + (coupon.duration_in_months ?? 1));
  return Math.floor(end.getTime() / 1000);
}

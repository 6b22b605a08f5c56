import type Stripe from 'stripe';
import type { FetchedCheckout, FetchedPurchase, FetchedSubscription, PaymentEvent } from '../payments.ts';

/** What became of the payments of a customer, by payment intent. */
export type Reversals = ReadonlyMap<string, { refunded: number; whole: boolean; disputed: boolean }>;

const date = (seconds: number | null | undefined) => (seconds ? new Date(seconds * 1000) : null);
export const idOf = (thing: string | { id: string } | null | undefined) =>
  (typeof thing === 'string' ? thing : thing?.id) ?? null;

/**
 * `latest_invoice` must be expanded for a pause to be told from a period that was paid before it, and
 * `latest_invoice.payments` for reversals to be seen.
 * @param unpaidSince when the oldest bill was made that is still open, seconds; the current period's when null
 */
export function readSubscription(
  subscription: Stripe.Subscription,
  reversals: Reversals,
  unpaidSince: number | null = null,
): FetchedSubscription | null {
  // A subscription of Easel has one item; whatever else hangs on it buys nothing here.
  const item = subscription.items.data[0];
  if (!item) return null;
  const { id, status, metadata } = subscription;
  const invoice = typeof subscription.latest_invoice === 'object' ? subscription.latest_invoice : null;
  const periodEnd = date(item.current_period_end);
  return {
    id,
    customerId: idOf(subscription.customer) ?? '',
    priceId: item.price.id,
    boughtPlan: metadata.plan ?? null,
    status,
    amount: Math.round(
      ((item.price.unit_amount ?? 0) * (item.quantity ?? 1)) / (item.price.recurring?.interval_count ?? 1),
    ),
    currency: item.price.currency,
    interval: item.price.recurring?.interval ?? 'month',
    currentPeriodEnd: periodEnd,
    cancelAt: date(subscription.cancel_at) ?? (subscription.cancel_at_period_end ? periodEnd : null),
    // A renewal moves the period on before it is paid, and goes on doing so where Stripe is told to leave it past due.
    pastDueSince: status === 'past_due' ? date(unpaidSince ?? item.current_period_start) : null,
    collectionPaused: subscription.pause_collection !== null && invoice?.status !== 'paid',
    paymentReversed: reversalOf(invoice, reversals),
    createdAt: new Date(subscription.created * 1000),
    endedAt: date(subscription.ended_at),
  };
}

function reversalOf(invoice: Stripe.Invoice | null, reversals: Reversals): FetchedSubscription['paymentReversed'] {
  for (const { payment } of invoice?.payments?.data ?? []) {
    const reversal = reversals.get(idOf(payment.payment_intent) ?? '');
    if (reversal?.disputed) return 'disputed';
    if (reversal?.whole) return 'refunded';
  }
  return null;
}

export function readCheckout({ id, status, payment_status }: Stripe.Checkout.Session): FetchedCheckout {
  return {
    id,
    state: status === 'complete' ? 'complete' : status === 'expired' ? 'expired' : 'open',
    paid: status === 'complete' && payment_status !== 'unpaid',
  };
}

/** Null for whatever is no paid pack of ours. */
export function readPurchase(session: Stripe.Checkout.Session, reversals: Reversals): FetchedPurchase | null {
  const { id, mode, metadata, amount_total, currency, created } = session;
  const images = Number(metadata?.images);
  if (mode !== 'payment' || !readCheckout(session).paid || !metadata?.pack || !Number.isInteger(images)) return null;
  const reversal = reversals.get(idOf(session.payment_intent) ?? '');
  return {
    id,
    pack: metadata.pack,
    images,
    amount: amount_total ?? 0,
    currency: currency ?? '',
    refunded: reversal?.refunded ?? 0,
    disputed: reversal?.disputed ?? false,
    createdAt: new Date(created * 1000),
  };
}

/** An inquiry (`warning_…`) takes no money, and one that was won gives it back. */
export function isAgainstUs({ status }: Stripe.Dispute): boolean {
  return status !== 'won' && status !== 'prevented' && !status.startsWith('warning_');
}

export function readEventObject(event: Stripe.Event): PaymentEvent {
  const object = event.data.object as { id?: string; object?: string; customer?: string | { id: string } | null };
  const customerId = object.object === 'customer' ? (object.id ?? null) : idOf(object.customer);
  return { id: event.id, type: event.type, customerId, occurredAt: new Date(event.created * 1000) };
}

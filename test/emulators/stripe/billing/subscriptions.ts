import type Stripe from 'stripe';
import { idOf, type World } from '../world.ts';
import type { Decline } from './cards.ts';
import type { Invoices, PayOptions } from './invoices.ts';
import { makeSubscription } from './make-subscription.ts';
import type { Payments } from './payments.ts';
import { day, endOfPeriod } from './periods.ts';

export type Subscriptions = ReturnType<typeof createSubscriptions>;
export type NewSubscription = {
  customer: Stripe.Customer;
  items: { price: Stripe.Price; quantity: number }[];
  metadata: Record<string, string>;
  method: Stripe.PaymentMethod | null;
  /** When the trial ends, in seconds; null without one. */
  trialEnd: number | null;
  description?: string | null;
  /** What a trial's end without a card does. */
  withoutMethod?: 'cancel' | 'create_invoice' | 'pause';
};
export type Policy = {
  /** Days from one failed attempt at an invoice to the next. */
  retryDays: number[];
  /** What becomes of a subscription when the last attempt failed. */
  afterRetries: 'canceled' | 'unpaid' | 'past_due';
};
type PauseReason = 'pause_requested' | 'trial_end_without_payment_method';

const ended = ['canceled', 'incomplete_expired'];

/** The life of a subscription: begun, paid or not, renewed, paused, cancelled. */
export function createSubscriptions(options: {
  world: World;
  invoices: Invoices;
  payments: Payments;
  policy: () => Policy;
}) {
  const { world, invoices, payments, policy } = options;
  const ownerOf = (subscription: Stripe.Subscription) => world.find('customer', idOf(subscription.customer));
  const nowOf = (subscription: Stripe.Subscription) => world.now(ownerOf(subscription));

  /** Makes it, not yet paid: `incomplete`, or `trialing`. `before` may add what the event should show. */
  function create(given: NewSubscription, before: (made: Stripe.Subscription) => void = () => {}): Stripe.Subscription {
    const subscription = makeSubscription(given, world.now(given.customer));
    world.insert('subscription', subscription);
    given.customer.currency ??= subscription.currency;
    before(subscription);
    world.emit('customer.subscription.created', subscription);
    return subscription;
  }

  /** Writes the first invoice and, unless told to wait, charges it. The decline, or null. */
  function begin(subscription: Stripe.Subscription, how: PayOptions & { wait?: boolean }): Decline | null {
    const now = nowOf(subscription);
    const invoice = invoices.draft(subscription, 'subscription_create', { start: now, end: now });
    invoices.finalize(invoice);
    return how.wait && invoice.amount_due > 0 ? null : collect(invoice, how);
  }

  function setStatus(subscription: Stripe.Subscription, patch: Partial<Stripe.Subscription>): void {
    world.change(subscription, patch, 'customer.subscription.updated');
  }

  /** The next period begins; its invoice is a draft for an hour. `changed` is what changed with it. */
  function renew(subscription: Stripe.Subscription, changed: Record<string, unknown> = {}): void {
    const [first] = subscription.items.data;
    if (!first) return;
    const former = { start: first.current_period_start, end: first.current_period_end };
    const previous = { ...changed, items: subscription.items, latest_invoice: subscription.latest_invoice };
    subscription.items = structuredClone(subscription.items);
    for (const item of subscription.items.data) {
      item.current_period_start = former.end;
      item.current_period_end = endOfPeriod(former.end, subscription.billing_cycle_anchor, item.price.recurring);
    }
    const invoice = invoices.draft(subscription, 'subscription_cycle', former);
    const kept = subscription.pause_collection?.behavior === 'keep_as_draft';
    if (subscription.status === 'unpaid' || kept) invoice.auto_advance = false;
    world.emit('customer.subscription.updated', subscription, structuredClone(previous));
  }

  /** Finalizes a draft whose hour is over, and charges it unless collection is paused. */
  function advanceDraft(invoice: Stripe.Invoice): void {
    const behavior = subscriptionOf(invoice)?.pause_collection?.behavior;
    invoices.finalize(invoice);
    if (behavior === 'void') invoices.void(invoice);
    else if (behavior === 'mark_uncollectible') invoices.giveUp(invoice);
    else collect(invoice, { scheduled: true });
  }

  /** Charges an open invoice and draws the consequences. The decline, or null when it is paid. */
  function collect(
    invoice: Stripe.Invoice,
    how: PayOptions & { method?: Stripe.PaymentMethod | null },
  ): Decline | null {
    const subscription = subscriptionOf(invoice);
    const customer = world.get('customer', idOf(invoice.customer) ?? '');
    const method = how.method ?? payments.methodOf(customer, subscription?.default_payment_method ?? null);
    const decline = invoices.pay(invoice, method, how);
    if (!decline) {
      if (subscription && recovers(subscription, invoice)) activate(subscription);
      return null;
    }
    const wait = policy().retryDays[invoice.attempt_count - 1];
    if (how.scheduled) invoice.next_payment_attempt = wait === undefined ? null : world.now(customer) + wait * day;
    world.emit('invoice.payment_failed', invoice);
    if (!subscription || !how.scheduled) return decline;
    if (subscription.status === 'active') setStatus(subscription, { status: 'past_due' });
    if (wait === undefined) giveUp(subscription);
    return decline;
  }

  function activate(subscription: Stripe.Subscription): void {
    const wasPaused = subscription.status === 'paused';
    setStatus(subscription, { status: 'active', status_details: undefined });
    if (wasPaused) world.emit('customer.subscription.resumed', subscription);
  }

  function giveUp(subscription: Stripe.Subscription): void {
    const { afterRetries } = policy();
    if (afterRetries === 'canceled') cancel(subscription, 'payment_failed');
    else setStatus(subscription, { status: afterRetries });
  }

  /** Ends it now; what it still owes is no longer collected. */
  function cancel(subscription: Stripe.Subscription, reason: Stripe.Subscription.CancellationDetails.Reason): void {
    if (ended.includes(subscription.status)) return;
    for (const invoice of invoicesOf(subscription)) {
      if (invoice.status === 'open' || invoice.status === 'draft') {
        Object.assign(invoice, { auto_advance: false, next_payment_attempt: null, automatically_finalizes_at: null });
      }
    }
    const { comment = null, feedback = null, feedback_option = null } = subscription.cancellation_details ?? {};
    const now = nowOf(subscription);
    Object.assign(subscription, {
      status: 'canceled',
      canceled_at: subscription.canceled_at ?? now,
      ended_at: now,
      cancellation_details: { comment, feedback, feedback_option, reason },
    } satisfies Partial<Stripe.Subscription>);
    world.emit('customer.subscription.deleted', subscription);
  }

  function endTrial(subscription: Stripe.Subscription, at: number): void {
    const customer = ownerOf(subscription);
    const method = customer && payments.methodOf(customer, subscription.default_payment_method);
    const without = subscription.trial_settings?.end_behavior.missing_payment_method;
    if (!method && without === 'cancel') {
      cancel(subscription, 'payment_failed');
    } else if (!method && without === 'pause') {
      pause(subscription, 'trial_end_without_payment_method');
    } else {
      subscription.billing_cycle_anchor = at;
      subscription.status = 'active';
      renew(subscription, { status: 'trialing' });
    }
  }

  /** The trial ends now, and the paid period begins and is charged. */
  function endTrialNow(subscription: Stripe.Subscription): void {
    const now = nowOf(subscription);
    for (const item of subscription.items.data) item.current_period_end = now;
    subscription.trial_end = now;
    endTrial(subscription, now);
    advanceLatest(subscription);
  }

  function pause(subscription: Stripe.Subscription, type: PauseReason): void {
    const paused = { subscription: { type }, transitioned_at: nowOf(subscription), type: 'subscription' };
    setStatus(subscription, { status: 'paused', status_details: { paused } });
    world.emit('customer.subscription.paused', subscription);
  }

  /** Out of `paused`: a period begins now, and when it is paid the subscription is active again. */
  function resume(subscription: Stripe.Subscription): void {
    const now = nowOf(subscription);
    for (const item of subscription.items.data) item.current_period_end = now;
    subscription.billing_cycle_anchor = now;
    renew(subscription);
    advanceLatest(subscription);
  }

  /** Finalizes and charges the newest invoice without waiting for its hour. */
  function advanceLatest(subscription: Stripe.Subscription): void {
    const latest = world.find('invoice', idOf(subscription.latest_invoice));
    if (latest?.status === 'draft') advanceDraft(latest);
  }

  /** Never paid within 23 hours: over before it began. */
  function expire(subscription: Stripe.Subscription): void {
    for (const invoice of invoicesOf(subscription)) if (invoice.status === 'open') invoices.void(invoice);
    setStatus(subscription, { status: 'incomplete_expired', ended_at: nowOf(subscription) });
  }

  function subscriptionOf(invoice: Stripe.Invoice): Stripe.Subscription | undefined {
    return world.find('subscription', idOf(invoice.parent?.subscription_details?.subscription));
  }

  function invoicesOf(subscription: Stripe.Subscription): Stripe.Invoice[] {
    return world.list('invoice').filter((invoice) => subscriptionOf(invoice) === subscription);
  }

  return {
    create,
    begin,
    renew,
    collect,
    advanceDraft,
    cancel,
    endTrial,
    endTrialNow,
    pause,
    resume,
    expire,
    setStatus,
    isOver: (subscription: Stripe.Subscription) => ended.includes(subscription.status),
    /** Of one customer, newest first. */
    of: (customerId: string) => world.list('subscription').filter(({ customer }) => idOf(customer) === customerId),
  };
}

/** Paying the newest invoice heals what its failing had done; an older one doesn't. */
function recovers(subscription: Stripe.Subscription, invoice: Stripe.Invoice): boolean {
  const ill = ['incomplete', 'past_due', 'unpaid', 'paused'].includes(subscription.status);
  return ill && idOf(subscription.latest_invoice) === invoice.id;
}

import type Stripe from 'stripe';
import { planOf } from '../resources/catalogue.ts';
import { idOf, newId, type World } from '../world.ts';
import type { Invoices } from './invoices.ts';
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
  trialSettings?: Stripe.Subscription.TrialSettings;
};
export type Policy = {
  /** Days from one failed attempt at an invoice to the next. */
  retryDays: number[];
  /** What becomes of a subscription when the last attempt failed. */
  afterRetries: 'canceled' | 'unpaid' | 'past_due';
};

const ended = ['canceled', 'incomplete_expired'];

/** The life of a subscription: begun, paid or not, renewed, paused, cancelled. */
export function createSubscriptions(options: { world: World; invoices: Invoices; payments: Payments; policy: Policy }) {
  const { world, invoices, payments, policy } = options;
  const ownerOf = (subscription: Stripe.Subscription) => world.get('customer', idOf(subscription.customer) ?? '');
  const nowOf = (subscription: Stripe.Subscription) => world.now(world.find('customer', idOf(subscription.customer)));

  /** Makes it, not yet paid: `incomplete`, or `trialing`. `before` may add what the event should show. */
  function create(given: NewSubscription, before: (made: Stripe.Subscription) => void = () => {}): Stripe.Subscription {
    const subscription = makeSubscription(given, world.now(given.customer));
    world.insert('subscription', subscription);
    given.customer.currency ??= subscription.currency;
    before(subscription);
    world.emit('customer.subscription.created', subscription);
    return subscription;
  }

  /** Writes the first invoice and charges it. The decline, or null when it is paid. */
  function begin(subscription: Stripe.Subscription, onSession: boolean) {
    const now = nowOf(subscription);
    const invoice = invoices.draft(subscription, 'subscription_create', { start: now, end: now });
    invoices.finalize(invoice);
    const method = payments.methodOf(ownerOf(subscription), subscription.default_payment_method);
    const decline = invoices.pay(invoice, method, onSession);
    if (decline) world.emit('invoice.payment_failed', invoice);
    else if (subscription.status === 'incomplete') setStatus(subscription, { status: 'active' });
    return decline;
  }

  function setStatus(subscription: Stripe.Subscription, patch: Partial<Stripe.Subscription>): void {
    world.change(subscription, patch, 'customer.subscription.updated');
  }

  /** The next period begins; its invoice is a draft for an hour. */
  function renew(subscription: Stripe.Subscription, changed: Record<string, unknown> = {}): void {
    const [first] = subscription.items.data;
    if (!first) return;
    const former = { start: first.current_period_start, end: first.current_period_end };
    const items = structuredClone(subscription.items);
    for (const item of items.data) {
      item.current_period_start = former.end;
      item.current_period_end = endOfPeriod(former.end, subscription.billing_cycle_anchor, item.price.recurring);
    }
    const previous = { ...changed, items: subscription.items, latest_invoice: subscription.latest_invoice };
    subscription.items = items;
    const invoice = invoices.draft(subscription, 'subscription_cycle', former);
    if (subscription.status === 'unpaid' || subscription.pause_collection) invoice.auto_advance = false;
    world.emit('customer.subscription.updated', subscription, structuredClone(previous));
  }

  /** Finalizes a draft whose hour is over, or leaves it as a pause of collection wants. */
  function advanceDraft(invoice: Stripe.Invoice): void {
    const subscription = subscriptionOf(invoice);
    const behavior = subscription?.pause_collection?.behavior;
    if (behavior === 'void') {
      invoices.finalize(invoice);
      invoices.void(invoice);
    } else if (behavior === 'mark_uncollectible') {
      invoices.finalize(invoice);
      world.change(invoice, { status: 'uncollectible' });
      world.emit('invoice.marked_uncollectible', invoice);
    } else {
      invoices.finalize(invoice);
      collect(invoice);
    }
  }

  /** Charges an open invoice without the person, and draws the consequences. */
  function collect(invoice: Stripe.Invoice, onSession = false): boolean {
    const subscription = subscriptionOf(invoice);
    const customer = world.get('customer', idOf(invoice.customer) ?? '');
    const method = payments.methodOf(customer, subscription?.default_payment_method ?? null);
    const decline = invoices.pay(invoice, method, onSession);
    if (!subscription) return decline === null;
    if (!decline) {
      if (canRecover(subscription, invoice)) setStatus(subscription, { status: 'active' });
      return true;
    }
    const wait = policy.retryDays[invoice.attempt_count - 1];
    invoice.next_payment_attempt = wait === undefined ? null : world.now(customer) + wait * day;
    world.emit('invoice.payment_failed', invoice);
    if (subscription.status === 'active' || subscription.status === 'trialing') {
      setStatus(subscription, { status: 'past_due' });
    }
    if (wait === undefined) giveUp(subscription);
    return false;
  }

  function giveUp(subscription: Stripe.Subscription): void {
    if (subscription.status === 'incomplete') return;
    if (policy.afterRetries === 'canceled') cancel(subscription, 'payment_failed');
    else if (policy.afterRetries === 'unpaid') setStatus(subscription, { status: 'unpaid' });
  }

  function cancel(subscription: Stripe.Subscription, reason: Stripe.Subscription.CancellationDetails.Reason): void {
    if (ended.includes(subscription.status)) return;
    const now = nowOf(subscription);
    for (const invoice of invoicesOf(subscription)) {
      if (invoice.status === 'open' || invoice.status === 'draft') {
        Object.assign(invoice, { auto_advance: false, next_payment_attempt: null, automatically_finalizes_at: null });
      }
    }
    const { comment = null, feedback = null, feedback_option = null } = subscription.cancellation_details ?? {};
    Object.assign(subscription, {
      status: 'canceled',
      canceled_at: subscription.canceled_at ?? now,
      ended_at: now,
      cancel_at_period_end: subscription.cancel_at_period_end,
      cancellation_details: { comment, feedback, feedback_option, reason },
    } satisfies Partial<Stripe.Subscription>);
    world.emit('customer.subscription.deleted', subscription);
  }

  function endTrial(subscription: Stripe.Subscription, at: number): void {
    const method = payments.methodOf(ownerOf(subscription), subscription.default_payment_method);
    const without = subscription.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice';
    if (!method && without === 'cancel') {
      cancel(subscription, 'payment_failed');
    } else if (!method && without === 'pause') {
      setStatus(subscription, { status: 'paused' });
      world.emit('customer.subscription.paused', subscription);
    } else {
      subscription.billing_cycle_anchor = at;
      subscription.status = 'active';
      renew(subscription, { status: 'trialing' });
    }
  }

  /** The trial ends now, and the paid period begins. */
  function endTrialNow(subscription: Stripe.Subscription): void {
    const now = nowOf(subscription);
    for (const item of subscription.items.data) item.current_period_end = now;
    subscription.trial_end = now;
    endTrial(subscription, now);
    const draft = world.find('invoice', idOf(subscription.latest_invoice));
    if (draft?.status === 'draft') advanceDraft(draft);
  }

  /** Out of `paused`: a period begins now and is paid for. */
  function resume(subscription: Stripe.Subscription): void {
    const now = nowOf(subscription);
    for (const item of subscription.items.data) item.current_period_end = now;
    Object.assign(subscription, { status: 'active', billing_cycle_anchor: now });
    renew(subscription, { status: 'paused' });
    world.emit('customer.subscription.resumed', subscription);
    const draft = world.find('invoice', idOf(subscription.latest_invoice));
    if (draft?.status === 'draft') advanceDraft(draft);
  }

  /** Never paid within 23 hours: over before it began. */
  function expire(subscription: Stripe.Subscription): void {
    for (const invoice of invoicesOf(subscription)) if (invoice.status === 'open') invoices.void(invoice);
    setStatus(subscription, { status: 'incomplete_expired', ended_at: nowOf(subscription) });
  }

  function subscriptionOf(invoice: Stripe.Invoice): Stripe.Subscription | undefined {
    return world.find('subscription', idOf(invoice.parent?.subscription_details?.subscription));
  }

  /** Newest first. */
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
    resume,
    expire,
    setStatus,
    invoicesOf,
    isOver: (subscription: Stripe.Subscription) => ended.includes(subscription.status),
    /** Of one customer, newest first. */
    of: (customerId: string) => world.list('subscription').filter(({ customer }) => idOf(customer) === customerId),
  };
}

/** Paying the newest invoice heals what its failing had done; an older one doesn't. */
function canRecover(subscription: Stripe.Subscription, invoice: Stripe.Invoice): boolean {
  const ill = ['incomplete', 'past_due', 'unpaid'].includes(subscription.status);
  return ill && idOf(subscription.latest_invoice) === invoice.id;
}

function makeItem(subscription: string, given: { price: Stripe.Price; quantity: number }, start: number, end: number) {
  const item: Stripe.SubscriptionItem = {
    id: newId('si', 14),
    object: 'subscription_item',
    billing_thresholds: null,
    created: start,
    current_period_end: end,
    current_period_start: start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(given.price),
    price: structuredClone(given.price),
    quantity: given.quantity,
    subscription,
    tax_rates: [],
  };
  return item;
}

function makeSubscription(given: NewSubscription, now: number): Stripe.Subscription {
  const { customer, items, trialEnd } = given;
  const id = newId('sub');
  const data = items.map((item) => makeItem(id, item, now, trialEnd ?? endOfPeriod(now, now, item.price.recurring)));
  return {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: trialEnd ?? now,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible' },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: 'charge_automatically',
    created: now,
    currency: items[0]?.price.currency ?? 'usd',
    customer: customer.id,
    customer_account: null,
    days_until_due: null,
    default_payment_method: given.method?.id ?? null,
    default_source: null,
    default_tax_rates: [],
    description: given.description ?? null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: { object: 'list', data, has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: given.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: now,
    status: trialEnd === null ? 'incomplete' : 'trialing',
    test_clock: customer.test_clock ?? null,
    transfer_data: null,
    trial_end: trialEnd,
    trial_settings: given.trialSettings ?? {
      end_behavior: { billing_cycle_anchor: null, missing_payment_method: 'create_invoice' },
    },
    trial_start: trialEnd === null ? null : now,
  };
}

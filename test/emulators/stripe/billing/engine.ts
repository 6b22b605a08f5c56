import type Stripe from 'stripe';
import type { createCheckout } from '../resources/checkout.ts';
import { idOf, type World } from '../world.ts';
import { day, hour } from './periods.ts';
import type { Subscriptions } from './subscriptions.ts';

type Due = { at: number; run: () => void };
/** Takes what is due at a time; the earliest is kept, and of two at once the first. */
type Consider = (at: number, run: () => void) => void;

/** What time does by itself: renewals, ends of trials, retries, finalizing, expiries. */
export function createEngine(options: {
  world: World;
  subscriptions: Subscriptions;
  checkout: ReturnType<typeof createCheckout>;
}) {
  const { world, subscriptions, checkout } = options;
  const warned = new Set<string>();

  /** The next thing due, of those on a test clock, or (null) of all others. */
  function findNext(clockId: string | null): Due | null {
    let first: Due | null = null;
    const consider: Consider = (at, run) => {
      if (!first || at < first.at) first = { at, run };
    };
    for (const subscription of world.each('subscription')) {
      if (idOf(subscription.test_clock) === clockId) considerSubscription(subscription, consider);
    }
    for (const invoice of world.each('invoice')) {
      if (idOf(invoice.test_clock) === clockId) considerInvoice(invoice, consider);
    }
    if (clockId !== null) return first;
    for (const session of world.each('checkout.session')) {
      if (session.status === 'open') consider(session.expires_at, () => checkout.expire(session));
    }
    return first;
  }

  /** Does all that is due until then, in its order; `setTime` moves the time to each thing first. */
  function runUntil(clockId: string | null, until: number, setTime: (at: number) => void): void {
    for (let due = findNext(clockId); due && due.at <= until; due = findNext(clockId)) {
      setTime(due.at);
      due.run();
    }
  }

  function considerSubscription(subscription: Stripe.Subscription, consider: Consider): void {
    const { status, cancel_at: cancelAt, pause_collection: pause, trial_end: trialEnd } = subscription;
    if (subscriptions.isOver(subscription)) return;
    if (status === 'incomplete') {
      consider(subscription.created + 23 * hour, () => subscriptions.expire(subscription));
      return;
    }
    if (cancelAt !== null) consider(cancelAt, () => subscriptions.cancel(subscription, 'cancellation_requested'));
    if (pause?.resumes_at) {
      consider(pause.resumes_at, () => subscriptions.setStatus(subscription, { pause_collection: null }));
    }
    if (status === 'trialing' && trialEnd !== null) {
      if (!warned.has(subscription.id)) consider(trialEnd - 3 * day, () => warn(subscription));
      consider(trialEnd, () => subscriptions.endTrial(subscription, trialEnd));
      return;
    }
    const end = subscription.items.data[0]?.current_period_end;
    if (status !== 'paused' && end !== undefined) consider(end, () => subscriptions.renew(subscription));
  }

  function warn(subscription: Stripe.Subscription): void {
    warned.add(subscription.id);
    world.emit('customer.subscription.trial_will_end', subscription);
  }

  function considerInvoice(invoice: Stripe.Invoice, consider: Consider): void {
    if (!invoice.auto_advance) return;
    if (invoice.status === 'draft' && invoice.automatically_finalizes_at) {
      consider(invoice.automatically_finalizes_at, () => subscriptions.advanceDraft(invoice));
    } else if (invoice.status === 'open' && invoice.next_payment_attempt) {
      consider(invoice.next_payment_attempt, () => subscriptions.collect(invoice, { scheduled: true }));
    }
  }

  return { runUntil };
}

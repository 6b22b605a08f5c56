import type Stripe from 'stripe';
import type { createCheckout } from '../resources/checkout.ts';
import { idOf, type World } from '../world.ts';
import { day, hour } from './periods.ts';
import type { Subscriptions } from './subscriptions.ts';

type Due = { at: number; run: () => void };

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
    const all = [...dueSubscriptions(clockId), ...dueInvoices(clockId), ...(clockId === null ? dueSessions() : [])];
    return all.reduce<Due | null>((first, due) => (!first || due.at < first.at ? due : first), null);
  }

  /** Does all that is due until then, in its order; `setTime` moves the time to each thing first. */
  function runUntil(clockId: string | null, until: number, setTime: (at: number) => void): void {
    for (let due = findNext(clockId); due && due.at <= until; due = findNext(clockId)) {
      setTime(due.at);
      due.run();
    }
  }

  function dueSubscriptions(clockId: string | null): Due[] {
    return world
      .list('subscription')
      .filter((subscription) => idOf(subscription.test_clock) === clockId)
      .flatMap((subscription) => dueOf(subscription));
  }

  function dueOf(subscription: Stripe.Subscription): Due[] {
    const { status, cancel_at: cancelAt, pause_collection: pause } = subscription;
    if (subscriptions.isOver(subscription)) return [];
    const due: Due[] = [];
    if (status === 'incomplete') {
      return [{ at: subscription.created + 23 * hour, run: () => subscriptions.expire(subscription) }];
    }
    if (cancelAt !== null) {
      due.push({ at: cancelAt, run: () => subscriptions.cancel(subscription, 'cancellation_requested') });
    }
    if (pause?.resumes_at) {
      due.push({ at: pause.resumes_at, run: () => subscriptions.setStatus(subscription, { pause_collection: null }) });
    }
    if (status === 'trialing' && subscription.trial_end !== null) {
      const end = subscription.trial_end;
      if (!warned.has(subscription.id)) due.push({ at: end - 3 * day, run: () => warn(subscription) });
      due.push({ at: end, run: () => subscriptions.endTrial(subscription, end) });
      return due;
    }
    const end = subscription.items.data[0]?.current_period_end;
    if (status !== 'paused' && end !== undefined) due.push({ at: end, run: () => subscriptions.renew(subscription) });
    return due;
  }

  function warn(subscription: Stripe.Subscription): void {
    warned.add(subscription.id);
    world.emit('customer.subscription.trial_will_end', subscription);
  }

  function dueInvoices(clockId: string | null): Due[] {
    return world.list('invoice').flatMap((invoice): Due[] => {
      if (idOf(invoice.test_clock) !== clockId || !invoice.auto_advance) return [];
      if (invoice.status === 'draft' && invoice.automatically_finalizes_at) {
        return [{ at: invoice.automatically_finalizes_at, run: () => subscriptions.advanceDraft(invoice) }];
      }
      if (invoice.status !== 'open' || !invoice.next_payment_attempt) return [];
      return [
        { at: invoice.next_payment_attempt, run: () => void subscriptions.collect(invoice, { scheduled: true }) },
      ];
    });
  }

  function dueSessions(): Due[] {
    return world
      .list('checkout.session')
      .filter(({ status }) => status === 'open')
      .map((session) => ({ at: session.expires_at, run: () => void checkout.expire(session) }));
  }

  return { runUntil };
}

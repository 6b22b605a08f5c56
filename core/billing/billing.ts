import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Outbox } from '../generations/outbox.ts';
import type { Log } from '../log.ts';
import type { Notices } from '../notices/notices.ts';
import type { Pace } from '../pace/pace.ts';
import type { Pauses } from '../pauses/pauses.ts';
import type { Queues } from '../queue/queue.ts';
import type { Settings } from '../settings.ts';
import { createCheckouts } from './checkout.ts';
import { createCloseCheckouts } from './close-checkouts.ts';
import { createConfirm } from './confirm.ts';
import { createPlanGrants } from './grants.ts';
import { createInbox } from './inbox.ts';
import { noPayments, refuse } from './no-payments.ts';
import { createOffers } from './offers.ts';
import { createReconcile } from './reconcile.ts';
import { createReminders } from './reminders.ts';
import { createBillingStanding } from './standing.ts';
import { createStripePayments } from './stripe/stripe.ts';
import { createSync } from './sync.ts';

/** Selling plans and packs, and holding what accounts are entitled to against what they pay. */
export function createBilling({
  settings,
  database,
  queues,
  outbox,
  notices,
  announce,
  pace,
  pauses,
  leaseMs,
  clock,
  log,
}: {
  settings: Pick<Settings, 'stripe' | 'publicUrl'>;
  database: Database;
  queues: Queues;
  outbox: Outbox;
  notices: Notices;
  announce(accountIds: readonly string[]): Promise<void>;
  pace: Pace;
  pauses: Pauses;
  leaseMs: number;
  clock: Clock;
  log: Log;
}) {
  const { stripe, publicUrl } = settings;
  const payments = stripe.on ? createStripePayments({ settings: stripe, clock, log }) : noPayments;
  const offers = createOffers({ database, payments, premiumPrice: stripe.on ? stripe.premiumPrice : null });
  const sync = createSync({ database, payments, offers, notices, outbox, announce, clock, log });
  const inbox = createInbox({ database, payments, sync, queues, outbox, leaseMs, clock, log });
  const checkouts = createCheckouts({ database, payments, offers, sync, publicUrl, pace, pauses, clock });
  const standing = createBillingStanding({ database, clock });
  const reconcile = createReconcile({ database, payments, inbox, sync, clock, log });

  return {
    /** Whether anything can be paid at all; operators can grant plans either way. */
    on: stripe.on,
    /** What is on sale now, with prices; nothing while payments are off. */
    offers: async () => (stripe.on ? offers.list() : []),
    /** What a price at the payment service is; null: there is no active one. Throws AppError `payment_unavailable`. */
    findPrice: payments.findPrice,
    openCheckout: checkouts.open,
    openPortal: stripe.on ? checkouts.openPortal : refuse,
    /** How an account stands, as far as is known without asking. */
    standing,
    confirm: createConfirm({ database, sync, standing, clock, log }),
    receiveEvent: inbox.receive,
    replayEvent: inbox.replay,
    syncCustomer: sync.sync,
    settle: sync.settle,
    reconcile,
    closeCheckouts: createCloseCheckouts({ database, payments, sync, on: stripe.on }),
    /** Where operators find a customer or a subscription at Stripe, ends in a slash; null while payments are off. */
    dashboard: stripe.on ? dashboardOf(stripe.secretKey) : null,
    /** Looks after plans that end; see there. */
    lookAfterPlans: createReminders({ database, sells: stripe.on, sync, notices, clock, log }),
    ...createPlanGrants({ database, sync, clock }),
    /** Begins to work on what comes in. */
    startWork: inbox.start,
  };
}

function dashboardOf(secretKey: string): string {
  return `https://dashboard.stripe.com/${/^[a-z]+_live_/.test(secretKey) ? '' : 'test/'}`;
}

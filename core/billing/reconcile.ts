import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Inbox } from './inbox.ts';
import type { FetchedSubscription, PaymentEvent, Payments } from './payments.ts';
import type { Sync } from './sync.ts';

/** What one comparison found, all of it mended. */
export type Report = {
  /** Subscriptions that were compared, and of these the ones that differed in anything. */
  compared: number;
  differed: number;
  missedEvents: number;
  /** Accounts that were given the plan they pay for, and that lost one they do not pay for. */
  paidButNotActive: number;
  activeButNotPaid: number;
};

type Known = {
  id: string;
  customerId: string;
  status: string;
  cancelAt: Date | null;
  currentPeriodEnd: Date | null;
  priceId: string;
  collectionPaused: boolean;
  ended: boolean;
};

/** Events are asked for this far back beyond the last comparison, since they may have been made while it ran. */
const overlapMs = 3_600_000;
const firstLookMs = 3 * 86_400_000;
/** Events are kept for 30 days there; after a longer gap all customers are asked about. */
const longGapMs = 28 * 86_400_000;
const pageSize = 500;

/**
 * Compares Easel with the payment service: takes in the events that never arrived, and synchronises every customer whose
 * subscriptions differ. Hourly, and whenever an operator asks.
 */
export function createReconcile({
  database,
  payments,
  inbox,
  sync,
  clock,
  log,
}: {
  database: Database;
  payments: Payments;
  inbox: Inbox;
  sync: Sync;
  clock: Clock;
  log: Log;
}) {
  const { prisma } = database;

  /** Throws AppError `payment_unavailable` when it could not be finished; what was mended by then stays so. */
  return async function reconcile(): Promise<Report> {
    const previous = await prisma.reconciliation.findFirst({
      where: { finishedAt: { not: null }, error: null },
      orderBy: { startedAt: 'desc' },
    });
    const now = clock();
    const { id } = await prisma.reconciliation.create({ data: { id: randomUUID(), startedAt: now } });
    const since = new Date((previous?.startedAt.getTime() ?? now.getTime() - firstLookMs) - overlapMs);
    try {
      const report: Report = { compared: 0, differed: 0, missedEvents: 0, paidButNotActive: 0, activeButNotPaid: 0 };
      // Before the events, which are worked on beside and would mend unseen what is to be reported.
      await compareSubscriptions(report);
      if (!previous || now.getTime() - previous.startedAt.getTime() > longGapMs) await compareEverybody(report);
      report.missedEvents = await takeMissedEvents(since);
      await closeCheckouts();
      const { differed, ...kept } = report;
      await prisma.reconciliation.update({ where: { id }, data: { ...kept, finishedAt: clock() } });
      const mended = differed + report.paidButNotActive + report.activeButNotPaid + report.missedEvents;
      log[mended ? 'warn' : 'info'](
        report,
        mended ? 'Stripe and Easel differed, and agree again' : 'Stripe and Easel agree',
      );
      return report;
    } catch (error) {
      const reason = (error instanceof AppError ? error.code : String(error)).slice(0, 200);
      await prisma.reconciliation.update({ where: { id }, data: { error: reason, finishedAt: clock() } });
      throw error;
    }
  };

  async function takeMissedEvents(since: Date): Promise<number> {
    let missed = 0;
    let page: PaymentEvent[] = [];
    for await (const event of payments.listEvents(since)) {
      page.push(event);
      if (page.length < pageSize) continue;
      missed += await inbox.enter(page);
      page = [];
    }
    return missed + (page.length ? await inbox.enter(page) : 0);
  }

  async function compareSubscriptions(report: Report): Promise<void> {
    const unseen = new Map((await readActive()).map((each) => [each.id, each]));
    let page: FetchedSubscription[] = [];
    const compare = async () => {
      const known = new Map((await readKnown(page)).map((each) => [each.id, each]));
      for (const fetched of page) {
        unseen.delete(fetched.id);
        report.compared++;
        if (agrees(fetched, known.get(fetched.id))) continue;
        if (await mend(fetched.customerId, report)) report.differed++;
      }
      page = [];
    };
    for await (const fetched of payments.listSubscriptions()) {
      page.push(fetched);
      if (page.length === pageSize) await compare();
    }
    await compare();
    // What Easel takes for active and the service does not know at all, as when a customer was deleted there.
    for (const { customerId } of unseen.values()) if (await mend(customerId, report)) report.differed++;
  }

  /** Synchronises a customer and counts what that changed; false when no account has it. */
  async function mend(customerId: string, report: Report): Promise<boolean> {
    const synced = await sync.sync(customerId);
    if (synced.outcome === 'unknown') return false;
    const { before = null, after = null } = synced.settled ?? {};
    const had = before !== null && (before.until === null || before.until > clock());
    if (after && !had) report.paidButNotActive++;
    if (had && !after) report.activeButNotPaid++;
    return true;
  }

  /** Refunds, disputes and packs show in no list of subscriptions. */
  async function compareEverybody(report: Report): Promise<void> {
    for (let last: string | null = null; ; ) {
      const page: { id: string; stripeCustomerId: string | null }[] = await prisma.account.findMany({
        where: { stripeCustomerId: { not: null }, ...(last ? { id: { gt: last } } : {}) },
        orderBy: { id: 'asc' },
        take: pageSize,
        select: { id: true, stripeCustomerId: true },
      });
      for (const { stripeCustomerId } of page) if (stripeCustomerId) await mend(stripeCustomerId, report);
      last = page.at(-1)?.id ?? null;
      if (page.length < pageSize) return;
    }
  }

  /** Customers whose page to pay on should have closed by now. */
  async function closeCheckouts(): Promise<void> {
    const stale = await prisma.checkout.findMany({
      where: { state: 'open', expiresAt: { lt: clock() } },
      select: { account: { select: { stripeCustomerId: true } } },
      take: pageSize,
    });
    for (const { account } of stale) if (account.stripeCustomerId) await sync.sync(account.stripeCustomerId);
  }

  function readKnown(page: readonly FetchedSubscription[]): Promise<Known[]> {
    return database.run<Known>(
      { name: 'subscriptions_known', text: `${known} WHERE subscriptions.id = ANY($1::text[])` },
      [page.map(({ id }) => id)],
    );
  }

  function readActive(): Promise<Known[]> {
    return database.run<Known>({ name: 'subscriptions_active', text: `${known} WHERE ended_at IS NULL` }, []);
  }
}

const known = `
  SELECT subscriptions.id, stripe_customer_id AS "customerId", subscriptions.status, cancel_at AS "cancelAt",
    current_period_end AS "currentPeriodEnd", price_id AS "priceId", collection_paused AS "collectionPaused", ended_at IS NOT NULL AS ended
  FROM subscriptions JOIN accounts ON accounts.id = account_id AND stripe_customer_id IS NOT NULL`;

function agrees(fetched: FetchedSubscription, known: Known | undefined): boolean {
  if (!known) return false;
  const same = (one: Date | null, other: Date | null) => one?.getTime() === other?.getTime();
  return (
    fetched.status === known.status &&
    same(fetched.cancelAt, known.cancelAt) &&
    same(fetched.currentPeriodEnd, known.currentPeriodEnd) &&
    fetched.priceId === known.priceId &&
    fetched.collectionPaused === known.collectionPaused &&
    (fetched.endedAt !== null) === known.ended
  );
}

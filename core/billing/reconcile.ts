import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Inbox } from './inbox.ts';
import type { FetchedSubscription, PaymentEvent, Payments } from './payments.ts';
import type { Sync } from './sync.ts';

/** What one comparison found, all of it mended. */
export type Report = { compared: number; missedEvents: number; paidButNotActive: number; activeButNotPaid: number };

type Known = {
  id: string;
  customerId: string;
  status: string;
  cancelAt: Date | null;
  currentPeriodEnd: Date | null;
  ended: boolean;
};

/** Events are asked for this far back beyond the last comparison, since they may have been made while it ran. */
const overlapMs = 3_600_000;
const firstLookMs = 3 * 86_400_000;
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
      const missedEvents = await takeMissedEvents(since);
      const report = { missedEvents, ...(await compareSubscriptions()) };
      await closeCheckouts();
      await prisma.reconciliation.update({ where: { id }, data: { ...report, finishedAt: clock() } });
      const mended = report.paidButNotActive + report.activeButNotPaid + missedEvents;
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

  async function compareSubscriptions(): Promise<Omit<Report, 'missedEvents'>> {
    const unseen = new Map((await readActive()).map((each) => [each.id, each]));
    const report = { compared: 0, paidButNotActive: 0, activeButNotPaid: 0 };
    let page: FetchedSubscription[] = [];
    const compare = async () => {
      const known = new Map((await readKnown(page)).map((each) => [each.id, each]));
      for (const fetched of page) {
        unseen.delete(fetched.id);
        report.compared++;
        if (agrees(fetched, known.get(fetched.id))) continue;
        const synced = await sync.sync(fetched.customerId);
        if (synced.outcome === 'unknown') continue;
        if (fetched.endedAt) report.activeButNotPaid++;
        else report.paidButNotActive++;
      }
      page = [];
    };
    for await (const fetched of payments.listSubscriptions()) {
      page.push(fetched);
      if (page.length === pageSize) await compare();
    }
    await compare();
    // What Easel takes for active and the service does not know at all, as when a customer was deleted there.
    for (const { customerId } of unseen.values()) {
      report.activeButNotPaid++;
      await sync.sync(customerId);
    }
    return report;
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
    current_period_end AS "currentPeriodEnd", ended_at IS NOT NULL AS ended
  FROM subscriptions JOIN accounts ON accounts.id = account_id AND stripe_customer_id IS NOT NULL`;

function agrees(fetched: FetchedSubscription, known: Known | undefined): boolean {
  if (!known) return false;
  const same = (one: Date | null, other: Date | null) => one?.getTime() === other?.getTime();
  return (
    fetched.status === known.status &&
    same(fetched.cancelAt, known.cancelAt) &&
    same(fetched.currentPeriodEnd, known.currentPeriodEnd) &&
    (fetched.endedAt !== null) === known.ended
  );
}

import type { ClientBase } from 'pg';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Outbox, Promised } from '../generations/outbox.ts';
import type { ReplyTo } from '../generations/write.ts';
import type { Log } from '../log.ts';
import type { NewNotice } from '../notices/notice.ts';
import type { Notices } from '../notices/notices.ts';
import { readTopUps } from '../quotas/ledger.ts';
import { paidUntil } from './entitlement.ts';
import type { Catalogue, Offers } from './offers.ts';
import type { Payments, Standing } from './payments.ts';
import { type Settled, settleEntitlement } from './settle.ts';
import { createBillingLock } from './transaction.ts';
import { type PaidCheckout, writeCheckouts, writePurchase, writeSubscriptions } from './write-standing.ts';

/** What a synchronisation did; `unknown`: no account has this customer. */
export type Synced =
  | { outcome: 'unknown' }
  | {
      outcome: 'synced';
      accountId: string;
      /** Null: the account was deleted meanwhile. */
      settled: Settled | null;
      /** What was paid and buys nothing here, in words for operators. */
      unknown: string[];
    };

export type Sync = ReturnType<typeof createSync>;

/**
 * Makes what Easel believes of a customer what the payment service says now. Every event, visit and comparison ends
 * here, so the order, the number and the delay of news cannot matter.
 */
export function createSync({
  database,
  payments,
  offers,
  notices,
  outbox,
  announce,
  clock,
  log,
}: {
  database: Database;
  payments: Payments;
  offers: Offers;
  notices: Pick<Notices, 'enter'>;
  outbox: Outbox;
  /** Tells every process that these accounts changed. */
  announce(accountIds: readonly string[]): Promise<void>;
  clock: Clock;
  log: Log;
}) {
  const lock = createBillingLock(database);
  const waiting = new Map<string, Promise<Synced>>();
  const last = new Map<string, Promise<unknown>>();

  /** Asked for often at once, it runs once more after the one in hand: that one may have fetched too early. */
  function sync(customerId: string): Promise<Synced> {
    const next = waiting.get(customerId);
    if (next) return next;
    const running = last.get(customerId) ?? Promise.resolve();
    const mine = running.then(nothing, nothing).then(() => {
      waiting.delete(customerId);
      return syncNow(customerId);
    });
    waiting.set(customerId, mine);
    last.set(customerId, mine);
    const forget = () => last.get(customerId) === mine && last.delete(customerId);
    mine.then(forget, forget);
    return mine;
  }

  async function syncNow(customerId: string): Promise<Synced> {
    const account = await database.prisma.account.findUnique({
      where: { stripeCustomerId: customerId },
      select: { id: true },
    });
    if (!account) return { outcome: 'unknown' };
    // Before the lock: whoever holds a connection must not wait for a second one.
    const catalogue = await offers.read();
    const done = await lock(account.id, async (client) => {
      const standing = (await payments.fetchStanding(customerId)) ?? gone;
      return write(client, account.id, standing, catalogue);
    });
    await outbox.publish(done.promised);
    const { settled, unknown } = done;
    if (settled?.changed) await announce([account.id]);
    if (unknown.length)
      log.error({ unknown, account: account.id }, 'something is paid that buys nothing here: mend it in the panel');
    return { outcome: 'synced', accountId: account.id, settled, unknown };
  }

  async function write(client: ClientBase, accountId: string, standing: Standing, catalogue: Catalogue) {
    const now = clock();
    const { planOf } = catalogue;
    await writeSubscriptions(client, accountId, standing.subscriptions, planOf, now);
    const promised: Promised[] = [];
    const unknown = standing.subscriptions
      .filter((each) => !each.endedAt && !planOf(each))
      .map((each) => `no plan has the price ${each.priceId}`);
    for (const purchase of standing.purchases) {
      const granted = await writePurchase(client, accountId, purchase, now);
      promised.push(...(granted ?? []));
      if (!granted) unknown.push(`there is no pack ${purchase.pack}`);
    }
    const paid = await writeCheckouts(client, accountId, standing.checkouts, now);
    const settled = await settleEntitlement(client, accountId, now);
    for (const notice of await toNotices(client, { accountId, standing, paid, settled, catalogue, now }))
      promised.push(...(await notices.enter(client, notice)).promised);
    return { promised, settled, unknown: [...new Set(unknown)] };
  }

  /** Settles an account on its own, as after a grant or when its time has run out. */
  async function settle(accountId: string): Promise<Settled | null> {
    const now = clock();
    const catalogue = await offers.read();
    const done = await lock(accountId, async (client) => {
      const settled = await settleEntitlement(client, accountId, now);
      const promised: Promised[] = [];
      for (const notice of await toNotices(client, { accountId, standing: gone, paid: [], settled, catalogue, now }))
        promised.push(...(await notices.enter(client, notice)).promised);
      return { settled, promised };
    });
    await outbox.publish(done.promised);
    if (done.settled?.changed) await announce([accountId]);
    return done.settled;
  }

  async function toNotices(
    client: ClientBase,
    given: {
      accountId: string;
      standing: Standing;
      paid: readonly PaidCheckout[];
      settled: Settled | null;
      catalogue: Catalogue;
      now: Date;
    },
  ): Promise<NewNotice[]> {
    const { accountId, standing, paid, settled, catalogue, now } = given;
    const { nameOf } = catalogue;
    const notices: NewNotice[] = [];
    for (const { id, item, replyTo, locale } of paid) {
      const told = { accountId, subject: `checkout:${id}`, replyTo: replyTo as ReplyTo | null, locale };
      const purchase = standing.purchases.find((each) => each.id === id);
      const renews = standing.subscriptions.find(
        (each) => catalogue.planOf(each) === item && !each.endedAt,
      )?.currentPeriodEnd;
      if (purchase) {
        const balance = await readTopUps(client, accountId);
        notices.push({ ...told, key: 'pack_in', values: { count: purchase.images, balance } });
      } else if (renews && settled?.after)
        notices.push({ ...told, key: 'payment_in', values: { plan: nameOf(item), renews } });
    }
    for (const subscription of standing.subscriptions) {
      const until = subscription.status === 'past_due' ? paidUntil(subscription) : null;
      const plan = catalogue.planOf(subscription);
      if (!until || !plan || until < now) continue;
      const subject = `past-due:${subscription.id}:${subscription.pastDueSince?.getTime()}`;
      notices.push({ accountId, subject, key: 'payment_failed', values: { plan: nameOf(plan), until } });
    }
    if (settled?.before && !settled.after) {
      const { planSlug, until } = settled.before;
      const subject = `plan-ended:${accountId}:${until?.getTime() ?? now.getTime()}`;
      const own = await client.query<{ plan: string }>('SELECT plan_slug AS plan FROM accounts WHERE id = $1', [
        accountId,
      ]);
      const values = { plan: nameOf(planSlug), now: nameOf(own.rows[0]?.plan ?? '') };
      notices.push({ accountId, subject, key: 'plan_ended', values });
    }
    return notices;
  }

  return { sync, settle, lock };
}

const gone: Standing = { subscriptions: [], purchases: [], checkouts: [] };
const nothing = () => {};

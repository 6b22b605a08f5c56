import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeMember } from '../../test/support/core.ts';
import { day, type ShopInTime, startShopInTime } from '../../test/support/shop-in-time.ts';

const nothing = { differed: 0, missedEvents: 0, paidButNotActive: 0, activeButNotPaid: 0 };

let shop: ShopInTime;
beforeAll(async () => {
  shop = await startShopInTime('2025-06-10T08:00:00Z');
});
/** Nothing is left to be found. */
beforeEach(async () => {
  shop.stripe.clearFaults();
  await shop.catchUp();
  await shop.core.billing.reconcile();
  await shop.settled();
  shop.pass(2 * 3_600);
});
afterAll(() => shop.close());

const planOf = async (id: string) => (await shop.core.accounts.get(id)).planSlug;
const lastRun = () => shop.core.database.prisma.reconciliation.findFirstOrThrow({ orderBy: { startedAt: 'desc' } });
/** Compares, also what was only put into the inbox. */
async function reconcile() {
  const report = await shop.core.billing.reconcile();
  await shop.settled();
  return report;
}

async function buy(item = 'premium') {
  const { account } = await makeMember(shop.core);
  const { url } = await shop.core.billing.openCheckout({ account, item, replyTo: null, locale: 'en' });
  shop.stripe.pay(url);
  const { stripeCustomerId } = await shop.core.database.prisma.account.findUniqueOrThrow({ where: { id: account.id } });
  const customer = stripeCustomerId as string;
  const subscription = (await shop.dashboard.subscriptions.list({ customer })).data[0] as Stripe.Subscription;
  const topUps = async () => (await shop.core.quotas.status(account.id, account.plan)).topUp.remaining;
  return { account, customer, subscription, topUps };
}

it('finds who has paid and has nothing, gives it and writes it down; another run finds nothing', async () => {
  const { account } = await buy();
  const { length: made } = shop.news();
  expect(await planOf(account.id)).toBe('free');
  expect(await reconcile()).toMatchObject({
    differed: 1,
    paidButNotActive: 1,
    activeButNotPaid: 0,
    missedEvents: made,
  });
  expect(await planOf(account.id)).toBe('premium');
  expect(await lastRun()).toMatchObject({ paidButNotActive: 1, activeButNotPaid: 0, missedEvents: made, error: null });
  expect(shop.logged.some((line) => line.includes('differed, and agree again'))).toBe(true);
  expect(await reconcile()).toMatchObject(nothing);
});

it('finds who has what is not paid any more, and takes it', async () => {
  const ended = await buy();
  const left = await buy();
  await shop.catchUp();
  await shop.dashboard.subscriptions.cancel(ended.subscription.id);
  await shop.dashboard.customers.del(left.customer);
  const { length: made } = shop.news();
  expect([await planOf(ended.account.id), await planOf(left.account.id)]).toEqual(['premium', 'premium']);
  expect(await reconcile()).toMatchObject({
    differed: 2,
    paidButNotActive: 0,
    activeButNotPaid: 2,
    missedEvents: made,
  });
  expect([await planOf(ended.account.id), await planOf(left.account.id)]).toEqual(['free', 'free']);
  expect(await reconcile()).toMatchObject(nothing);
});

it('finds what changes no plan, and calls it nothing worse', async () => {
  const { subscription } = await buy();
  await shop.catchUp();
  await shop.dashboard.subscriptions.update(subscription.id, { cancel_at_period_end: true });
  shop.news();
  expect(await reconcile()).toMatchObject({ differed: 1, paidButNotActive: 0, activeButNotPaid: 0 });
  const row = await shop.core.database.prisma.subscription.findUniqueOrThrow({ where: { id: subscription.id } });
  expect(row.cancelAt).toEqual(row.currentPeriodEnd);
});

it('finds packs by their events, and after a long time without them by asking about everybody', async () => {
  const { customer, topUps } = await buy('pack-50');
  shop.news();
  await reconcile();
  expect(await topUps()).toBe(50);
  const charge = (await shop.dashboard.charges.list({ customer })).data[0]?.id ?? '';
  await shop.dashboard.refunds.create({ charge });
  shop.news();
  // Stripe has forgotten the event by then.
  shop.pass(45 * day);
  await reconcile();
  expect(await topUps()).toBe(0);
});

it('that Stripe does not let come to its end is written down with the reason, and the next begins where it should', async () => {
  const { account, topUps } = await buy('pack-50');
  shop.news();
  shop.stripe.failNext({ route: 'GET /v1/events', status: 500 }, Number.POSITIVE_INFINITY);
  await expect(shop.core.billing.reconcile()).rejects.toMatchObject({ code: 'payment_unavailable' });
  shop.stripe.clearFaults();
  expect(await lastRun()).toMatchObject({ error: 'payment_unavailable', finishedAt: shop.now() });
  expect(await topUps()).toBe(0);
  // Longer than events are looked back for: it counts from the last one that came to its end.
  shop.pass(3 * day);
  await reconcile();
  expect(await topUps()).toBe(50);
  expect(await planOf(account.id)).toBe('free');
});

it('runs at once in two processes as well as in one', async () => {
  const other = await shop.another();
  const { account } = await buy();
  const pack = await buy('pack-200');
  shop.news();
  await Promise.all([shop.core.billing.reconcile(), other.billing.reconcile()]);
  await shop.settled();
  expect(await planOf(account.id)).toBe('premium');
  expect(await pack.topUps()).toBe(200);
  const { prisma } = shop.core.database;
  expect(await prisma.quotaEntry.count({ where: { accountId: pack.account.id, kind: 'grant' } })).toBe(1);
  expect(await prisma.subscription.count({ where: { accountId: account.id } })).toBe(1);
  expect(await reconcile()).toMatchObject(nothing);
});

it('notices a page to pay on that nobody paid', async () => {
  const { account } = await makeMember(shop.core);
  await shop.core.billing.openCheckout({ account, item: 'premium', replyTo: null, locale: 'en' });
  const state = () => shop.core.database.prisma.checkout.findFirstOrThrow({ where: { accountId: account.id } });
  shop.pass(2 * day);
  shop.news();
  expect(await state()).toMatchObject({ state: 'open' });
  await reconcile();
  expect(await state()).toMatchObject({ state: 'expired' });
});

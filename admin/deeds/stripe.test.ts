import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember } from '../../test/support/core.ts';
import { deedsOf } from '../../test/support/deeds.ts';
import { type Panel, startPanel } from '../../test/support/panel.ts';
import { type Shop, startShop } from '../../test/support/shop.ts';

let shop: Shop;
let panel: Panel;
let deeds: ReturnType<typeof deedsOf>;
beforeAll(async () => {
  panel = await startPanel(async () => {
    shop = await startShop();
    return shop;
  });
  deeds = deedsOf(panel);
});
afterAll(() => panel.close());

async function buy() {
  const { account } = await makeMember(shop.core);
  const { url } = await shop.core.billing.openCheckout({ account, item: 'premium', replyTo: null, locale: 'en' });
  shop.stripe.pay(url);
  await shop.settled();
  const { prisma } = shop.core.database;
  const subscription = await prisma.subscription.findFirstOrThrow({ where: { accountId: account.id } });
  const { stripeCustomerId } = await prisma.account.findUniqueOrThrow({ where: { id: account.id } });
  // Of events that were settled together some may still be asking: behind these nobody is.
  for (let turn = 0; turn < 2; turn++) await shop.core.billing.syncCustomer(stripeCustomerId as string);
  return { ...account, subscription: subscription.id };
}
const planOf = async (id: string) => (await shop.core.accounts.get(id)).planSlug;
/** Easel forgets what Stripe told it. */
async function forget(subscription: string, id: string) {
  const { prisma } = shop.core.database;
  await prisma.subscription.update({ where: { id: subscription }, data: { status: 'canceled', endedAt: new Date() } });
  await prisma.account.update({ where: { id }, data: { entitledPlanSlug: null, entitledUntil: null } });
}

test('Stripe is asked about an account, or about one of its subscriptions', async () => {
  const { id, subscription } = await buy();
  for (const [resource, subject] of [
    ['Account', id],
    ['Subscription', subscription],
  ] as const) {
    await forget(subscription, id);
    expect(await planOf(id)).toBe('free');
    expect((await deeds.send(resource, subject, 'sync')).body.notice).toMatchObject({ message: 'done_sync' });
    expect(await planOf(id)).toBe('premium');
    expect((await deeds.audit(subject))[0]).toMatchObject({
      ...{ action: `${resource}.sync`, accountId: id },
      ...{ before: { entitledPlanSlug: null }, after: { entitledPlanSlug: 'premium' } },
    });
    expect((await deeds.send(resource, subject, 'sync', {}, 'viewer')).status).toBe(403);
  }
  const { account } = await makeMember(shop.core);
  expect((await deeds.send('Account', account.id, 'sync')).body.notice.type).toBe('error');
});

test('everything is compared now, and what differs is mended', async () => {
  const { id, subscription } = await buy();
  await forget(subscription, id);
  const done = await deeds.send('Reconciliation', null, 'reconcile');
  expect(done.body.notice.message).toMatch(/^Compared: \d+; differed: 1\.$/);
  expect(await planOf(id)).toBe('premium');
  const [entry] = await deeds.audit('now');
  expect(entry).toMatchObject({ action: 'Reconciliation.reconcile', before: { reconciliations: 0 } });
  expect((await deeds.send('Reconciliation', null, 'reconcile', {}, 'viewer')).status).toBe(403);
});

test('while Stripe is away a sentence says so', async () => {
  const { id } = await buy();
  shop.stripe.failNext({ status: 500 }, Number.POSITIVE_INFINITY);
  const refused = await deeds.send('Account', id, 'sync');
  shop.stripe.clearFaults();
  expect(refused.status).toBe(200);
  expect(refused.body.notice).toMatchObject({ type: 'error', message: expect.stringContaining('ayment') });
  expect((await deeds.audit(id))[0]).toMatchObject({ after: { failed: 'payment_unavailable' } });
});

test('who pays is deleted only once that has ended, and nothing can be paid afterwards', async () => {
  const { id, email, subscription } = await buy();
  const refused = await deeds.send('Account', id, 'deletePerson', { confirmEmail: email });
  expect(refused.body.notice.message).toContain('still running');
  await shop.dashboard.subscriptions.cancel(subscription);
  const { account: other } = await makeMember(shop.core);
  const { url } = await shop.core.billing.openCheckout({
    account: other,
    item: 'pack-50',
    replyTo: null,
    locale: 'en',
  });
  for (const each of [
    { id, email },
    { id: other.id, email: other.email },
  ]) {
    const done = await deeds.send('Account', each.id, 'deletePerson', { confirmEmail: each.email });
    expect(done.body.notice.type).toBe('success');
  }
  expect(() => shop.stripe.pay(url)).toThrow();
});

test('both subscribed, or one: what is paid goes on after a merge', async () => {
  const [one, two] = [await buy(), await buy()];
  const refused = await deeds.send('Account', one.id, 'merge', { other: two.email, weighed: 'yes' });
  expect(refused.body.notice.message).toContain('Both accounts');
  await shop.dashboard.subscriptions.cancel(one.subscription);
  const done = await deeds.send('Account', one.id, 'merge', { other: two.email, weighed: 'yes' });
  expect(done.body.notice.type).toBe('success');
  expect(await planOf(one.id)).toBe('premium');
  // The next news of that customer are this account's.
  await shop.dashboard.subscriptions.cancel(two.subscription);
  await shop.settled();
  expect(await planOf(one.id)).toBe('free');
});

test('what Stripe knows is a click away, in its test mode when Easel is', async () => {
  const { subscription } = await buy();
  const { text } = await panel.ask(`/resources/Subscription/records/${subscription}/show`);
  expect(text).toContain('https://dashboard.stripe.com/test/subscriptions/');
  expect(text).toContain('https://dashboard.stripe.com/test/customers/');
});

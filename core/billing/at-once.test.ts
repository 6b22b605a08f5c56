import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { signPayload } from '../../test/emulators/stripe/events/signatures.ts';
import { makeMember } from '../../test/support/core.ts';
import { type Shop, startShop, webhookSecret } from '../../test/support/shop.ts';
import type { Core } from '../index.ts';

let shop: Shop;
let other: Core;
beforeAll(async () => {
  shop = await startShop();
  other = await shop.another();
  other.startWorker();
});
afterAll(() => shop.close());

/** Every event of a payment fifty times, half to each process, and the pages that its payer came back to beside. */
async function fulfil(item: string) {
  const { core, stripe } = shop;
  const { prisma } = core.database;
  stripe.setDelivery('hold');
  const { account, userId } = await makeMember(core);
  const replyTo = { platform: 'web', visitorId: userId } as const;
  const { url } = await core.billing.openCheckout({ account, item, replyTo, locale: 'en' });
  const { id: checkout } = await prisma.checkout.findFirstOrThrow({ where: { accountId: account.id } });
  const { stripeCustomerId } = await prisma.account.findUniqueOrThrow({ where: { id: account.id } });
  const before = stripe.events().length;
  stripe.pay(url);
  const events = stripe.events().slice(before);
  const send = (to: Core, event: Stripe.Event) => {
    const body = JSON.stringify(event);
    return to.billing.receiveEvent(
      Buffer.from(body),
      signPayload(body, [webhookSecret], Math.floor(Date.now() / 1_000)),
    );
  };
  await Promise.all(
    Array.from({ length: 50 }, (_, index) => (index % 2 ? core : other)).flatMap((to, index) => [
      ...events.map((event) => send(to, event)),
      ...(index % 5 ? [] : [to.billing.confirm(checkout), to.billing.syncCustomer(stripeCustomerId as string)]),
    ]),
  );
  await shop.settled();
  const accountId = account.id;
  expect(await prisma.inboxEvent.count({ where: { eventId: { in: events.map(({ id }) => id) } } })).toBe(events.length);
  return {
    member: await core.accounts.find('web', userId),
    subscriptions: await prisma.subscription.count({ where: { accountId } }),
    purchases: await prisma.purchase.count({ where: { accountId } }),
    grants: await prisma.quotaEntry.findMany({ where: { accountId, kind: 'grant' }, select: { images: true } }),
    notices: (await prisma.notice.findMany({ where: { accountId } })).map(({ key }) => key),
    asked: stripe.calls.filter(({ query }) => query.includes(`customer=${stripeCustomerId}`)).length,
  };
}

it('a plan is begun and told once', async () => {
  const done = await fulfil('premium');
  expect(done).toMatchObject({ member: { planSlug: 'premium' }, subscriptions: 1, purchases: 0, grants: [] });
  expect(done.notices).toEqual(['payment_in']);
  // Of some thirteen events and twenty visits few come to ask: what waits is settled together.
  expect(done.asked).toBeLessThan(3 * 33);
});

it('a pack is granted and told once', async () => {
  const done = await fulfil('pack-50');
  expect(done).toMatchObject({
    member: { planSlug: 'free' },
    subscriptions: 0,
    purchases: 1,
    grants: [{ images: 50 }],
  });
  expect(done.notices).toEqual(['pack_in']);
});

it('a page to pay on is one, however often and wherever it is asked for', async () => {
  const { account } = await makeMember(shop.core);
  const open = (core: Core) => core.billing.openCheckout({ account, item: 'premium', replyTo: null, locale: 'en' });
  const pages = await Promise.all(Array.from({ length: 20 }, (_, index) => open(index % 2 ? shop.core : other)));
  expect(new Set(pages.map(({ url }) => url)).size).toBe(1);
  const made = shop.stripe.calls.filter(({ method, body }) => method === 'POST' && body.includes(account.id));
  expect(made.filter(({ path }) => path === '/v1/checkout/sessions')).toHaveLength(1);
  // Both may have asked for the customer, under one key.
  const keys = made.filter(({ path }) => path === '/v1/customers').map(({ headers }) => headers['idempotency-key']);
  expect(new Set(keys).size).toBe(1);
  expect((await shop.dashboard.customers.list({ email: account.email })).data).toHaveLength(1);
});

it('while Stripe is slow, everything else goes on', async () => {
  const { core, stripe } = shop;
  const members = await Promise.all(Array.from({ length: 12 }, () => makeMember(core)));
  stripe.failNext({ delayMs: 1_500 }, Number.POSITIVE_INFINITY);
  const asking = members.map(({ account }) =>
    core.billing.openCheckout({ account, item: 'premium', replyTo: null, locale: 'en' }),
  );
  await vi.waitUntil(() => stripe.calls.some(({ body }) => body.includes(members[0]?.account.id ?? '')));
  const began = performance.now();
  const looked = await Promise.all(members.map(({ userId }) => core.accounts.find('web', userId)));
  expect(looked.map((each) => each?.planSlug)).toEqual(members.map(() => 'free'));
  expect(performance.now() - began).toBeLessThan(1_000);
  stripe.clearFaults();
  await Promise.all(asking);
});

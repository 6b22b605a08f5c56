import { createHmac } from 'node:crypto';
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeMember } from '../../test/support/core.ts';
import { type Shop, startShop, webhookSecret } from '../../test/support/shop.ts';
import { createCore, readSettings } from '../index.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
beforeEach(() => {
  shop.stripe.setDelivery('normal');
});
afterAll(() => shop.close());

const patience = { timeout: 15_000, interval: 20 };
const rowOf = (eventId: string) => shop.core.database.prisma.inboxEvent.findFirst({ where: { eventId } });
const planOf = async (id: string) => (await shop.core.accounts.get(id)).planSlug;
const sign = (body: string, secret = webhookSecret, at = Math.floor(Date.now() / 1_000)) =>
  `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;
const receive = (body: string, signature: string) => shop.core.billing.receiveEvent(Buffer.from(body), signature);

/** A member who has paid for premium, of which Easel has not heard. */
async function buyUnheard() {
  shop.stripe.setDelivery('drop');
  const { account, userId } = await makeMember(shop.core);
  const { url } = await shop.core.billing.openCheckout({ account, item: 'premium', replyTo: null, locale: 'en' });
  shop.stripe.pay(url);
  const { stripeCustomerId } = await shop.core.database.prisma.account.findUniqueOrThrow({ where: { id: account.id } });
  const event = shop.stripe.events().findLast(({ type }) => type === 'customer.subscription.created') as Stripe.Event;
  return { account, userId, customer: stripeCustomerId as string, event };
}

describe('what claims to be from Stripe', () => {
  const body = JSON.stringify({ id: 'evt_forged', object: 'event', type: 'invoice.paid', created: 1, data: {} });
  const old = Math.floor(Date.now() / 1_000) - 301;
  it.each([
    ['forged', body, sign(body, 'whsec_of_somebody_else'), 'signature'],
    ['unsigned', body, '', 'signature'],
    ['changed on the way', body.replace('paid', 'void'), sign(body), 'signature'],
    ['cut short', body.slice(0, 40), sign(body), 'signature'],
    ['over five minutes old', body, sign(body, webhookSecret, old), 'too old'],
    ['signed, and no JSON', 'hello', sign('hello'), 'no event'],
    ['signed, and no event', '[]', sign('[]'), 'no event'],
    ['empty', '', sign(''), 'no event'],
  ])('is refused when it is %s, and leaves nothing behind', async (_how, sent, signature, reason) => {
    await expect(receive(sent, signature)).rejects.toMatchObject({
      code: 'event_refused',
      status: 400,
      values: { reason },
    });
    expect(await rowOf('evt_forged')).toBeNull();
    const refusals = shop.logged.filter((line) => line.includes('claims to be from Stripe'));
    expect(refusals.at(-1)).toContain(`"reason":"${reason}"`);
  });

  it('is done once when it is replayed', async () => {
    const { account, event } = await buyUnheard();
    for (let times = 0; times < 3; times++) await shop.stripe.deliver(event);
    await shop.settled();
    expect(await shop.core.database.prisma.inboxEvent.count({ where: { eventId: event.id } })).toBe(1);
    expect(await planOf(account.id)).toBe('premium');
  });
});

describe('what nothing here depends on', () => {
  it('is kept with the reason: it is about no customer', async () => {
    await shop.dashboard.products.create({ name: 'Something else' });
    await shop.settled();
    const event = shop.stripe.events().findLast(({ type }) => type === 'product.created') as Stripe.Event;
    expect(await rowOf(event.id)).toMatchObject({ state: 'ignored', reason: 'it is about no customer' });
  });

  it('is kept with the reason: nobody has the customer, whose account may be gone', async () => {
    const { account, event } = await buyUnheard();
    await shop.core.database.prisma.account.delete({ where: { id: account.id } });
    await shop.stripe.deliver(event);
    await shop.dashboard.customers.create({ email: 'stranger@example.com' });
    shop.stripe.setDelivery('normal');
    await shop.dashboard.customers.create({ email: 'another@example.com' });
    await shop.settled();
    const reason = 'no account has this customer';
    expect(await rowOf(event.id)).toMatchObject({ state: 'ignored', reason });
    const created = shop.stripe.events().at(-1) as Stripe.Event;
    expect(await rowOf(created.id)).toMatchObject({ type: 'customer.created', state: 'ignored', reason });
  });

  it('may be of a kind that is not known yet', async () => {
    const { event, customer } = await buyUnheard();
    const unknown = { ...event, id: 'evt_of_tomorrow', type: 'customer.teleported' };
    await receive(JSON.stringify(unknown), sign(JSON.stringify(unknown)));
    await shop.settled();
    expect(await rowOf('evt_of_tomorrow')).toMatchObject({
      type: 'customer.teleported',
      customerId: customer,
      state: 'done',
    });
  });
});

it('a replay is not ended by what was asked before it', async () => {
  const { event } = await buyUnheard();
  shop.stripe.setDelivery('normal');
  await shop.stripe.deliver(event);
  await shop.settled();
  const other = shop.stripe.events().findLast(({ type }) => type === 'invoice.paid') as Stripe.Event;
  await shop.stripe.deliver(other);
  await shop.settled();
  const { prisma } = shop.core.database;
  const [row, beside] = [await rowOf(event.id), await rowOf(other.id)];
  const replayed = (id = '', at = new Date()) =>
    prisma.inboxEvent.update({
      where: { id },
      data: { state: 'pending', finishedAt: null, attempts: 0, nextAttemptAt: at },
    });
  // Nobody works on this one, but that it is settled with the other tells when that has ended.
  await replayed(beside?.id);
  shop.stripe.failNext({ route: 'GET /v1/customers/:id', delayMs: 300 });
  const asked = shop.stripe.calls.length;
  await shop.core.billing.replayEvent(row?.id ?? '');
  await vi.waitUntil(() => shop.stripe.calls.length > asked, patience);
  await replayed(row?.id);
  await vi.waitUntil(async () => (await rowOf(other.id))?.state === 'done', patience);
  expect(await rowOf(event.id)).toMatchObject({ state: 'pending' });
  await shop.core.billing.replayEvent(row?.id ?? '');
  await shop.settled();
});

describe('what is paid and buys nothing', () => {
  it('is told by the event: a price that no plan has', async () => {
    const { customer } = await buyUnheard();
    const wanted = {
      currency: 'usd',
      unit_amount: 1,
      recurring: { interval: 'month' },
      product_data: { name: '?' },
    } as const;
    const { id: price } = await shop.dashboard.prices.create(wanted);
    shop.stripe.setDelivery('normal');
    const card = await shop.dashboard.customers.create({ email: 'x@example.com', payment_method: 'pm_card_visa' });
    await shop.settled();
    await shop.core.database.prisma.account.update({
      where: { stripeCustomerId: customer },
      data: { stripeCustomerId: card.id },
    });
    const [method] = (await shop.dashboard.paymentMethods.list({ customer: card.id })).data;
    const made = { customer: card.id, items: [{ price }], default_payment_method: method?.id ?? '' };
    const { id } = await shop.dashboard.subscriptions.create(made);
    await shop.settled();
    const event = shop.stripe.events().findLast(({ type }) => type === 'customer.subscription.created') as Stripe.Event;
    expect(await rowOf(event.id)).toMatchObject({ state: 'done', reason: `no plan has the price ${price}` });
    expect(await shop.core.database.prisma.subscription.findUnique({ where: { id } })).toMatchObject({
      planSlug: null,
    });
  });

  it('is told by the event: a pack that is gone; and granted once it is there again', async () => {
    const { account } = await makeMember(shop.core);
    const { prisma } = shop.core.database;
    const product_data = { name: '7 images' };
    const price = await shop.dashboard.prices.create({ currency: 'usd', unit_amount: 70, product_data });
    const pack = { slug: 'pack-7', name: '7 images', images: 7, stripePriceId: price.id };
    await prisma.pack.create({ data: pack });
    const { url } = await shop.core.billing.openCheckout({ account, item: 'pack-7', replyTo: null, locale: 'en' });
    await prisma.pack.delete({ where: { slug: 'pack-7' } });
    shop.stripe.pay(url);
    await shop.settled();
    const event = shop.stripe.events().findLast(({ type }) => type === 'checkout.session.completed') as Stripe.Event;
    const row = await rowOf(event.id);
    expect(row).toMatchObject({ state: 'done', reason: 'there is no pack pack-7' });
    await prisma.pack.create({ data: pack });
    await shop.core.billing.replayEvent(row?.id ?? '');
    await shop.settled();
    const { topUp } = await shop.core.quotas.status(account.id, account.plan);
    expect(topUp.remaining).toBe(7);
  });

  it('cannot be begun with a price that does not exist', async () => {
    const { account } = await makeMember(shop.core);
    const { prisma } = shop.core.database;
    await prisma.pack.create({
      data: { slug: 'broken', name: 'Broken', images: 1, stripePriceId: 'price_of_nothing' },
    });
    const wanted = { account, item: 'broken', replyTo: null, locale: 'en' };
    await expect(shop.core.billing.openCheckout(wanted)).rejects.toMatchObject({ code: 'price_missing' });
    expect((await shop.core.billing.offers()).map(({ slug }) => slug)).not.toContain('broken');
    await prisma.pack.delete({ where: { slug: 'broken' } });
  });
});

describe('a refund keeps whole images', () => {
  it.each([
    [50, 'pack-50', 210, 29],
    [50, 'pack-50', 1, 49],
    [50, 'pack-50', 499, 0],
    [200, 'pack-200', 15, 198],
  ])('of %i images of %s, %i cents back: %i', async (_images, item, amount, left) => {
    const { account } = await makeMember(shop.core);
    const { url } = await shop.core.billing.openCheckout({ account, item, replyTo: null, locale: 'en' });
    shop.stripe.pay(url);
    await shop.settled();
    const charge = (await shop.dashboard.charges.list({ limit: 1 })).data[0]?.id ?? '';
    await shop.dashboard.refunds.create({ charge, amount });
    await shop.settled();
    expect((await shop.core.quotas.status(account.id, account.plan)).topUp.remaining).toBe(left);
  });
});

describe('a member who has paid', () => {
  it('is served later when Stripe does not answer now', async () => {
    const { account, event } = await buyUnheard();
    shop.stripe.failNext({ status: 503 }, Number.POSITIVE_INFINITY);
    await shop.stripe.deliver(event);
    const failed = () =>
      expect(rowOf(event.id)).resolves.toMatchObject({ state: 'pending', reason: 'payment_unavailable' });
    await vi.waitFor(failed, patience);
    expect(await planOf(account.id)).toBe('free');
    shop.stripe.clearFaults();
    await vi.waitFor(async () => expect(await rowOf(event.id)).toMatchObject({ state: 'done' }), patience);
    expect(await planOf(account.id)).toBe('premium');
  });

  it('is served when Redis was away as the event came, and when it has forgotten everything', async () => {
    const { account, event } = await buyUnheard();
    await shop.redis.kill();
    const [delivery] = await shop.stripe.deliver(event);
    expect(delivery?.status).toBe(200);
    expect(await rowOf(event.id)).toMatchObject({ state: 'pending' });
    await shop.redis.restart({ empty: true });
    await vi.waitFor(async () => expect(await rowOf(event.id)).toMatchObject({ state: 'done' }), patience);
    expect(await planOf(account.id)).toBe('premium');
  });

  it('keeps what was granted when Redis is emptied', async () => {
    const { account } = await buyUnheard();
    shop.stripe.setDelivery('normal');
    const { url } = await shop.core.billing.openCheckout({ account, item: 'pack-50', replyTo: null, locale: 'en' });
    shop.stripe.pay(url);
    await shop.settled();
    await shop.redisClient.flushall();
    const member = await shop.core.accounts.get(account.id);
    expect(member.planSlug).toBe('premium');
    const { daily } = await shop.core.quotas.status(account.id, member.plan);
    expect(daily.max).toBe(100);
    const peek = await shop.core.quotas.peek({
      accountId: account.id,
      limits: { ...member.plan, perDay: 0 },
      key: null,
    });
    expect(peek.top_up_remaining).toBe(50);
  });
});

it('two secrets are accepted while one is rotated, and the old one no more once it is out', async () => {
  const next = 'whsec_next0123456789abcdef0123456789';
  const open = (secrets: string) =>
    createCore({
      settings: readSettings({
        DATA_DIR: shop.dataDir,
        STRIPE_SECRET_KEY: shop.stripe.secretKey,
        STRIPE_WEBHOOK_SECRET: secrets,
        STRIPE_API_URL: shop.stripe.apiUrl,
      }),
      databaseUrl: shop.database.url,
      redisUrl: shop.redis.url,
      log: shop.core.log,
    });
  const send = async (core: typeof shop.core, id: string, secret: string, at?: number) => {
    const body = JSON.stringify({
      id,
      object: 'event',
      type: 'price.created',
      created: 1_700_000_000,
      data: { object: {} },
    });
    await core.billing.receiveEvent(Buffer.from(body), sign(body, secret, at));
    return (await rowOf(id))?.eventId;
  };
  const during = await open(`${next},${webhookSecret}`);
  expect(await send(during, 'evt_old', webhookSecret)).toBe('evt_old');
  expect(await send(during, 'evt_new', next)).toBe('evt_new');
  const late = Math.floor(Date.now() / 1_000) - 400;
  for (const secret of [next, webhookSecret])
    await expect(send(during, 'evt_late', secret, late)).rejects.toMatchObject({ values: { reason: 'too old' } });
  await during.close();
  const after = await open(next);
  await expect(send(after, 'evt_refused', webhookSecret)).rejects.toMatchObject({ values: { reason: 'signature' } });
  expect(await send(after, 'evt_taken', next)).toBe('evt_taken');
  await after.close();
});

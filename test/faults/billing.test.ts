import Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type StripeEmulator, startStripe } from '../emulators/stripe/index.ts';
import { createWorld, patience, type World } from './world.ts';

const webhookSecret = 'whsec_test0123456789abcdef0123456789';

let stripe: StripeEmulator;
let dashboard: Stripe;
let world: World;
let price: string;
beforeAll(async () => {
  stripe = await startStripe({ webhookSecrets: [webhookSecret], webhookRetryMs: 200 });
  dashboard = new Stripe(stripe.secretKey, { host: stripe.host, port: stripe.port, protocol: 'http' });
  const wanted = {
    currency: 'usd',
    unit_amount: 900,
    recurring: { interval: 'month' },
    product_data: { name: 'Premium' },
  };
  price = (await dashboard.prices.create(wanted as Stripe.PriceCreateParams)).id;
  world = await createWorld({
    environment: {
      STRIPE_SECRET_KEY: stripe.secretKey,
      STRIPE_WEBHOOK_SECRET: webhookSecret,
      STRIPE_PRICE_PREMIUM: price,
      STRIPE_API_URL: stripe.apiUrl,
    },
  });
});
beforeEach(() => {
  stripe.setWebhook(null);
  stripe.clearFaults();
});
afterAll(async () => {
  await world?.close();
  await stripe?.close();
});

/** Somebody whose account is a customer already. */
async function makeCustomer() {
  const accountId = await world.link('discord', String(Math.random()).slice(2, 18));
  const { id: customer } = await dashboard.customers.create({
    email: 'ada@example.com',
    metadata: { account: accountId },
  });
  await world.prisma.account.update({ where: { id: accountId }, data: { stripeCustomerId: customer } });
  stripe.changeCard(customer, '4242424242424242');
  return { accountId, customer };
}

const subscribe = (customer: string) => dashboard.subscriptions.create({ customer, items: [{ price }] });
const pending = (customer: string) =>
  world.prisma.inboxEvent.count({ where: { customerId: customer, state: 'pending' } });
const expectPremium = (accountId: string) =>
  vi.waitFor(async () => {
    const account = await world.prisma.account.findUniqueOrThrow({
      where: { id: accountId },
      include: { subscriptions: true },
    });
    expect(account).toMatchObject({ entitledPlanSlug: 'premium', subscriptions: [{ status: 'active' }] });
  }, patience);

it('a payment is not lost when Easel is killed after it has taken the news, nor when Redis then loses everything', async () => {
  const { prisma, easel, redis } = world;
  const { accountId, customer } = await makeCustomer();
  const web = await easel('web');
  stripe.setWebhook(`${web.url}/webhooks/stripe`);
  await subscribe(customer);
  await stripe.settled();
  expect(stripe.deliveries.filter(({ status }) => status !== 200)).toEqual([]);
  await web.kill();
  await redis.restart({ empty: true });
  expect(await pending(customer)).toBeGreaterThan(5);
  expect(await prisma.account.findUnique({ where: { id: accountId } })).toMatchObject({ entitledPlanSlug: null });

  const worker = await easel('worker');
  await expectPremium(accountId);
  await vi.waitFor(async () => expect(await pending(customer)).toBe(0), patience);
  await worker.stop();
});

it('nor when it is killed while it asks Stripe', async () => {
  const { prisma, easel } = world;
  const { accountId, customer } = await makeCustomer();
  const first = await easel('web', 'worker');
  stripe.setWebhook(`${first.url}/webhooks/stripe`);
  stripe.failNext({ route: 'GET /v1/customers/:id', delayMs: 60_000 }, Number.POSITIVE_INFINITY);
  await subscribe(customer);
  const asked = () => stripe.calls.filter(({ path }) => path === `/v1/customers/${customer}`).length;
  await vi.waitUntil(() => asked() > 0, patience);
  await first.kill();
  expect(await prisma.account.findUnique({ where: { id: accountId } })).toMatchObject({ entitledPlanSlug: null });

  stripe.clearFaults();
  const second = await easel('web', 'worker');
  stripe.setWebhook(`${second.url}/webhooks/stripe`);
  await expectPremium(accountId);
  await vi.waitFor(async () => expect(await pending(customer)).toBe(0), patience);
  expect(await prisma.subscription.count({ where: { accountId } })).toBe(1);
  await second.stop();
});

it('nor when Postgres was away as the news came: Stripe sends it again', async () => {
  const { easel, cable } = world;
  const { accountId, customer } = await makeCustomer();
  const running = await easel('web', 'worker');
  stripe.setWebhook(`${running.url}/webhooks/stripe`);
  const before = stripe.deliveries.length;
  cable.cut();
  await subscribe(customer);
  await vi.waitUntil(() => stripe.deliveries.length > before, patience);
  expect(stripe.deliveries[before]?.status).toBeGreaterThanOrEqual(500);
  cable.plug();
  await stripe.settled();
  await expectPremium(accountId);
  await running.stop();
});

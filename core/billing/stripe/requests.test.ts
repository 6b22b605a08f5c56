import Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StripeEmulator, startStripe } from '../../../test/emulators/stripe/index.ts';
import type { Log } from '../../log.ts';
import type { Payments } from '../payments.ts';
import { createStripePayments } from './stripe.ts';

// What is sent is held twice: tsc knows each parameter by the types of Stripe's own client, and the emulator refuses
// every parameter, expansion and value that the route does not take, as Stripe does.

let stripe: StripeEmulator;
let dashboard: Stripe;
const log = { error: () => {}, warn: () => {} } as unknown as Log;
const open = (automaticTax: boolean): Payments =>
  createStripePayments({
    settings: { secretKey: stripe.secretKey, webhookSecrets: [], apiUrl: stripe.apiUrl, automaticTax },
    clock: () => new Date(),
    log,
  });

beforeAll(async () => {
  stripe = await startStripe();
  dashboard = new Stripe(stripe.secretKey, { host: stripe.host, port: stripe.port, protocol: 'http' });
});
afterAll(() => stripe.close());

async function collect<T>(things: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of things) all.push(each);
  return all;
}

test('the emulator refuses what Stripe does not know', async () => {
  const headers = { authorization: `Bearer ${stripe.secretKey}`, 'content-type': 'application/x-www-form-urlencoded' };
  for (const [route, body] of [
    ['customers', 'emial=a%40example.com'],
    ['checkout/sessions', 'mode=subscription&line_items[0][prize]=price_1'],
  ]) {
    const response = await fetch(`${stripe.apiUrl}/v1/${route}`, { method: 'POST', headers, body: body ?? '' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'parameter_unknown' } });
  }
});

test('every request of the adapter is one that Stripe takes, and no others are made than the page says', async () => {
  const made = (recurring: boolean) =>
    dashboard.prices.create({
      currency: 'usd',
      unit_amount: 900,
      product_data: { name: 'Premium' },
      ...(recurring ? { recurring: { interval: 'month' } } : {}),
    });
  const [plan, pack] = [await made(true), await made(false)];
  const payments = open(false);
  const before = stripe.calls.length;
  const accountId = crypto.randomUUID();
  const customerId = await payments.createCustomer({ accountId, email: 'ada@example.com', previous: null });
  const checkout = (priceId: string, item: Parameters<Payments['createCheckout']>[0]['item'], from = payments) =>
    from.createCheckout({
      customerId,
      accountId,
      priceId,
      item,
      successUrl: 'https://easel.example.com/done?checkout={CHECKOUT_SESSION_ID}',
      cancelUrl: 'https://easel.example.com/back',
      key: crypto.randomUUID(),
    });
  const bought = await checkout(plan.id, { kind: 'plan', slug: 'premium' });
  const images = await checkout(pack.id, { kind: 'pack', slug: 'pack-50', images: 50 });
  const taxed = await checkout(plan.id, { kind: 'plan', slug: 'premium' }, open(true));
  expect(await payments.expireCheckout(taxed.id)).toBe(true);
  expect(await payments.expireCheckout(taxed.id)).toBe(false);
  const asking = stripe.calls.slice(before).filter(({ path }) => path === '/v1/checkout/sessions');
  const offered = asking.map(({ body }) => new URLSearchParams(body));
  expect(offered.map((sent) => sent.get('allow_promotion_codes'))).toEqual(['true', 'true', 'true']);
  expect(offered.map((sent) => sent.get('automatic_tax[enabled]'))).toEqual([null, null, 'true']);
  stripe.pay(bought.url, { card: '4000000000000341' });
  stripe.pay(images.url, { card: '4000000000000259' });
  expect(await payments.createPortal({ customerId, returnUrl: 'https://easel.example.com/billing' })).toContain('http');
  expect(await payments.findPrice(plan.id)).toMatchObject({ amount: 900, recurring: { interval: 'month', count: 1 } });
  const disputed = stripe.events().find(({ type }) => type === 'charge.dispute.created');
  expect(await payments.findCustomerOf(disputed?.id ?? '')).toBe(customerId);
  stripe.advance(31 * 86_400 + 7_200);
  const standing = await payments.fetchStanding(customerId);
  expect(standing).toMatchObject({
    subscriptions: [{ status: 'past_due', pastDueSince: expect.any(Date) }],
    purchases: [{ images: 50, disputed: true }],
  });
  expect((await collect(payments.listEvents(new Date(0)))).length).toBeGreaterThan(5);
  expect(await collect(payments.listSubscriptions())).toHaveLength(1);

  const asked = stripe.calls
    .slice(before)
    .map(({ method, path }) => `${method} ${path.split('/').slice(0, 4).join('/')}`);
  const kinds = new Set(asked.map((each) => each.replace(/\/(cus|cs|price|ch|evt|sub)_\w+$/, '')));
  expect([...kinds].sort()).toEqual([
    'GET /v1/charges',
    'GET /v1/checkout/sessions',
    'GET /v1/customers',
    'GET /v1/disputes',
    'GET /v1/events',
    'GET /v1/invoices',
    'GET /v1/prices',
    'GET /v1/subscriptions',
    'POST /v1/billing_portal/sessions',
    'POST /v1/checkout/sessions',
    'POST /v1/customers',
  ]);
  const misspelt = dashboard.subscriptions.list({
    customer: customerId,
    status: 'all',
    expand: ['data.latest_invoce'],
  });
  await expect(misspelt).rejects.toThrow(/expand/);
  for (const call of stripe.calls.slice(before)) expect(call.headers['stripe-version']).toMatch(/^2026-/);
});

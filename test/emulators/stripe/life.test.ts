import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StripeEmulator, startStripe } from './index.ts';

let emulator: StripeEmulator;
let client: Stripe;

beforeEach(async () => {
  emulator = await startStripe();
  client = connect(emulator);
});
afterEach(() => emulator.close());

function connect({ secretKey, host, port }: StripeEmulator): Stripe {
  return new Stripe(secretKey, { host, port, protocol: 'http', maxNetworkRetries: 0 });
}

async function makeSession(changes: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
  const customer = await client.customers.create({ email: 'fox@example.com', metadata: { account: '7' } });
  const price = await client.prices.create({
    currency: 'usd',
    unit_amount: 900,
    recurring: { interval: 'month' },
    product_data: { name: 'Premium' },
  });
  return client.checkout.sessions.create({
    mode: 'subscription',
    customer: customer.id,
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: 'http://127.0.0.1:1/done?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://127.0.0.1:1/back',
    ...changes,
  });
}

test('a session paid at its page becomes an active subscription', async () => {
  const session = await makeSession();
  expect(session.url).toBe(`${emulator.apiUrl}/c/pay/${session.id}`);
  const shown = await fetch(session.url ?? '');
  expect(await shown.text()).toContain('Premium: $9.00 per month');
  const paid = await fetch(session.url ?? '', {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ card: '4242 4242 4242 4242', action: 'pay' }),
  });
  expect(paid.status).toBe(303);
  expect(paid.headers.get('location')).toBe(`http://127.0.0.1:1/done?session=${session.id}`);
  const { data } = await client.subscriptions.list({ customer: String(session.customer), status: 'all' });
  expect(data.map(({ status }) => status)).toEqual(['active']);
  const complete = await client.checkout.sessions.retrieve(session.id, { expand: ['subscription', 'line_items'] });
  expect(complete).toMatchObject({ status: 'complete', payment_status: 'paid', subscription: { id: data[0]?.id } });
  expect(complete.line_items?.data[0]?.price?.unit_amount).toBe(900);
});

test('events reach the webhook, signed so that the client takes them', async () => {
  const bodies: { body: string; signature: string }[] = [];
  const receiver = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    bodies.push({ body, signature: String(request.headers['stripe-signature']) });
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  emulator.setWebhook(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}`);
  emulator.pay((await makeSession()).id);
  await emulator.settled();
  const [secret = ''] = emulator.webhookSecrets();
  const types = bodies.map(({ body, signature }) => client.webhooks.constructEvent(body, signature, secret).type);
  expect(types).toEqual(emulator.events().map(({ type }) => type));
  expect(types.at(-1)).toBe('checkout.session.completed');
  expect(types).toContain('customer.subscription.created');
  receiver.close();
});

test('an open session can be expired once, and says so', async () => {
  const session = await makeSession();
  expect((await client.checkout.sessions.expire(session.id)).status).toBe('expired');
  await expect(client.checkout.sessions.expire(session.id)).rejects.toThrow(/has a status of `expired`/);
  expect(await (await fetch(session.url ?? '')).text()).toContain('has timed out');
  const { data } = await client.checkout.sessions.list({ customer: String(session.customer), status: 'open' });
  expect(data).toEqual([]);
});

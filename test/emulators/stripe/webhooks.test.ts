import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect, makeSession, refusalOf, startReceiver } from './client-for-test.ts';
import { type StripeEmulator, startStripe } from './index.ts';

let emulator: StripeEmulator;
let client: Stripe;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
const secrets = ['whsec_old', 'whsec_new'];

beforeEach(async () => {
  receiver = await startReceiver();
  emulator = await startStripe({ webhookSecrets: secrets, webhookUrl: receiver.url, webhookRetryMs: 1 });
  client = connect(emulator);
});
afterEach(async () => {
  await emulator.close();
  receiver.close();
});

const verify = ({ body, signature }: { body: string; signature: string }, secret: string) =>
  client.webhooks.constructEvent(body, signature, secret);
const last = () => receiver.received.at(-1) ?? { body: '', signature: '' };

test('events arrive in the order made, signed by every secret', async () => {
  emulator.pay((await makeSession(client)).id);
  await emulator.settled();
  expect(receiver.types()).toEqual(emulator.events().map(({ type }) => type));
  expect(last().signature.match(/v1=/g)).toHaveLength(2);
  for (const secret of secrets) expect(verify(last(), secret).type).toBe('checkout.session.completed');
  expect(() => verify(last(), 'whsec_other')).toThrow(Stripe.errors.StripeSignatureVerificationError);
});

test('an event says what it is about, what changed and which request made it', async () => {
  const { id, lastResponse } = await client.customers.create({ name: 'Fox' }, { idempotencyKey: 'one' });
  await client.customers.update(id, { name: 'Vixen' });
  const [made, changed] = emulator.events();
  expect(made).toMatchObject({
    object: 'event',
    api_version: '2026-10-28.endive',
    livemode: false,
    request: { id: lastResponse.requestId, idempotency_key: 'one' },
    data: { object: { id, name: 'Fox' } },
  });
  expect(changed).toMatchObject({
    type: 'customer.updated',
    data: { object: { name: 'Vixen' }, previous_attributes: { name: 'Fox' } },
  });
  await emulator.settled();
  expect(receiver.received[0]?.event).toMatchObject({ pending_webhooks: 1 });
  expect(await client.events.retrieve(made?.id ?? '')).toMatchObject({ pending_webhooks: 0 });
});

test('what is not answered 2xx comes again', async () => {
  receiver.answers.push(500, 302);
  await client.customers.create();
  await emulator.settled();
  expect(emulator.deliveries.map(({ attempt, status }) => [attempt, status])).toEqual([
    [1, 500],
    [2, 302],
    [3, 200],
  ]);
});

describe('delivery', () => {
  test('held back, and released in another order', async () => {
    emulator.setDelivery('hold');
    await client.products.create({ name: 'a' });
    await client.customers.create();
    expect(receiver.received).toEqual([]);
    await emulator.release((events) => events.toReversed());
    expect(receiver.types()).toEqual(['customer.created', 'product.created']);
  });

  test('doubled, dropped, late, and stopped for a while', async () => {
    emulator.setDelivery('duplicate');
    await client.customers.create();
    await emulator.settled();
    expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(1);
    expect(receiver.received.splice(0)).toHaveLength(2);
    emulator.setDelivery('drop');
    await client.customers.create();
    emulator.setDelivery({ delayMs: 20 });
    await client.products.create({ name: 'late' });
    expect(receiver.received).toEqual([]);
    await emulator.settled();
    expect(receiver.types()).toEqual(['product.created']);
    emulator.setDelivery('stop');
    await client.products.create({ name: 'kept' });
    await emulator.settled();
    expect(receiver.received).toHaveLength(1);
    emulator.setDelivery('normal');
    await emulator.settled();
    expect(receiver.received).toHaveLength(2);
  });

  test('what never arrived is listed as such, for thirty days', async () => {
    await client.products.create({ name: 'arrived' });
    await emulator.settled();
    emulator.setDelivery('drop');
    const { id } = await client.customers.create();
    const { data } = await client.events.list({ delivery_success: false });
    expect(data.map(({ data: { object } }) => object)).toMatchObject([{ id }]);
    emulator.advance(31 * 86_400);
    expect((await client.events.list()).data).toEqual([]);
    expect((await refusalOf(client.events.retrieve(data[0]?.id ?? ''))).statusCode).toBe(404);
  });

  test('one event again, late, forged, changed or cut short', async () => {
    emulator.setDelivery('drop');
    await client.customers.create();
    const [event] = emulator.events();
    if (!event) throw new Error('No event.');
    await emulator.deliver(event, { times: 3 });
    expect(receiver.received).toHaveLength(3);
    const [secret = ''] = secrets;
    await emulator.deliver(event, { at: Math.floor(Date.now() / 1000) - 301 });
    expect(() => verify(last(), secret)).toThrow('Timestamp outside the tolerance zone');
    await emulator.deliver(event, { secret: 'whsec_forged' });
    expect(() => verify(last(), secret)).toThrow('No signatures found matching');
    await emulator.deliver(event.id, { tamper: (body) => body.replace('false', 'true') });
    expect(() => verify(last(), secret)).toThrow('No signatures found matching');
    await emulator.deliver(event, { tamper: (body) => body.slice(0, 20) });
    expect(() => verify(last(), secret)).toThrow('No signatures found matching');
    await emulator.deliver(event, { body: 'hello' });
    expect(() => verify(last(), secret)).toThrow(SyntaxError);
    await emulator.deliver(event, { signature: null });
    expect(last().signature).toBe('undefined');
    const [sent] = await emulator.deliver(event, { secret });
    expect(sent?.status).toBe(200);
    expect(verify(last(), secret).id).toBe(event.id);
  });
});

import type Stripe from 'stripe';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect, refusalOf } from './client-for-test.ts';
import { type StripeEmulator, startStripe } from './index.ts';

let emulator: StripeEmulator;
let client: Stripe;
let time = Date.UTC(2026, 10, 21);

beforeEach(async () => {
  emulator = await startStripe({ clock: () => time });
  client = connect(emulator);
});
afterEach(() => emulator.close());

const idempotencyKey = 'account-7';

test('the same key and parameters give the first answer again', async () => {
  const first = await client.customers.create({ email: 'a@example.com' }, { idempotencyKey });
  const again = await client.customers.create({ email: 'a@example.com' }, { idempotencyKey });
  expect(again.id).toBe(first.id);
  expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
  expect(again.lastResponse.headers['original-request']).toBe(first.lastResponse.requestId);
  expect(again.lastResponse.requestId).not.toBe(first.lastResponse.requestId);
  expect((await client.customers.list()).data).toHaveLength(1);
});

test('other parameters or another endpoint under the key are refused', async () => {
  await client.customers.create({ email: 'a@example.com' }, { idempotencyKey });
  const other = await refusalOf(client.customers.create({ email: 'b@example.com' }, { idempotencyKey }));
  expect(other).toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400 });
  expect(other.message).toContain('can only be used with the same parameters');
  const elsewhere = await refusalOf(client.products.create({ name: 'x' }, { idempotencyKey }));
  expect(elsewhere.message).toContain('can only be used for the same endpoint');
});

test('a second request while the first is under way is 409', async () => {
  emulator.failNext({ route: 'POST /v1/customers', delayMs: 150 });
  const first = client.customers.create({}, { idempotencyKey });
  while (emulator.calls.length === 0) await new Promise(setImmediate);
  expect(await refusalOf(client.customers.create({}, { idempotencyKey }))).toMatchObject({
    statusCode: 409,
    code: 'idempotency_key_in_use',
  });
  const { id } = await first;
  expect((await client.customers.create({}, { idempotencyKey })).id).toBe(id);
});

test('a refused parameter keeps no answer, a failure that had begun does', async () => {
  const wrong = { email: 'nobody' };
  await refusalOf(client.customers.create(wrong, { idempotencyKey }));
  const made = await client.customers.create({ email: 'a@example.com' }, { idempotencyKey });
  expect(made.lastResponse.headers['idempotent-replayed']).toBeUndefined();
  emulator.failNext({ status: 500 });
  const key = { idempotencyKey: 'broken' };
  await refusalOf(client.customers.create({}, key));
  const replayed = await refusalOf(client.customers.create({}, key));
  expect(replayed).toMatchObject({ statusCode: 500, headers: { 'idempotent-replayed': 'true' } });
});

test('a rate limit keeps no answer', async () => {
  emulator.failNext({ status: 429 });
  await refusalOf(client.customers.create({}, { idempotencyKey }));
  expect(await client.customers.create({}, { idempotencyKey })).toMatchObject({ object: 'customer' });
});

test('a day later the key is free', async () => {
  const first = await client.customers.create({}, { idempotencyKey });
  time += 25 * 60 * 60 * 1000;
  expect((await client.customers.create({}, { idempotencyKey })).id).not.toBe(first.id);
});

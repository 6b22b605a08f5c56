import type Stripe from 'stripe';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect, refusalOf } from './client-for-test.ts';
import { type StripeEmulator, startStripe } from './index.ts';

let emulator: StripeEmulator;
let client: Stripe;
const made: string[] = [];

beforeEach(async () => {
  emulator = await startStripe();
  client = connect(emulator);
  made.length = 0;
  for (let count = 0; count < 12; count++) made.unshift((await client.customers.create({ name: `${count}` })).id);
});
afterEach(() => emulator.close());

const idsOf = ({ data }: Stripe.ApiList<{ id: string }>) => data.map(({ id }) => id);

test('ten at a time, newest first, until there are no more', async () => {
  const first = await client.customers.list();
  expect(idsOf(first)).toEqual(made.slice(0, 10));
  expect(first).toMatchObject({ has_more: true, url: '/v1/customers' });
  const second = await client.customers.list({ starting_after: made[9] });
  expect(idsOf(second)).toEqual(made.slice(10));
  expect(second.has_more).toBe(false);
  const back = await client.customers.list({ ending_before: made[9], limit: 3 });
  expect(idsOf(back)).toEqual(made.slice(6, 9));
  expect(back.has_more).toBe(true);
});

test('the client walks all pages', async () => {
  const walked: string[] = [];
  for await (const { id } of client.customers.list({ limit: 5 })) walked.push(id);
  expect(walked).toEqual(made);
});

test('limits and cursors that make no sense are refused', async () => {
  expect((await refusalOf(client.customers.list({ limit: 101 }))).message).toContain('less than or equal to 100');
  expect((await refusalOf(client.customers.list({ limit: 0 }))).message).toContain('greater than or equal to 1');
  expect(await refusalOf(client.customers.list({ starting_after: 'cus_none' }))).toMatchObject({
    code: 'resource_missing',
    param: 'starting_after',
  });
});

test('filters', async () => {
  const { id } = await client.customers.create({ email: 'fox@example.com' });
  expect(idsOf(await client.customers.list({ email: 'fox@example.com' }))).toEqual([id]);
  expect(idsOf(await client.customers.list({ created: { gt: emulator.now() + 5 } }))).toEqual([]);
  expect(idsOf(await client.events.list({ type: 'customer.*', limit: 1 }))).toHaveLength(1);
  expect(idsOf(await client.events.list({ types: ['invoice.paid'] }))).toEqual([]);
});

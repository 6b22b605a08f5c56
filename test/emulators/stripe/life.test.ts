import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect, makePrice, makeSession, refusalOf } from './client-for-test.ts';
import { type StripeEmulator, startStripe } from './index.ts';

let emulator: StripeEmulator;
let client: Stripe;
const day = 86_400;
const hour = 3600;
const start = Date.UTC(2026, 0, 31, 12) / 1000;

beforeEach(async () => {
  emulator = await startStripe();
  client = connect(emulator);
});
afterEach(() => emulator.close());

async function makeClock() {
  const clock = await client.testHelpers.testClocks.create({ frozen_time: start });
  const customer = await client.customers.create({ email: 'fox@example.com', test_clock: clock.id });
  return { clock, customer };
}

/** Advances, and waits as one waits for Stripe: until the clock is ready. */
async function advance(clock: string, to: number): Promise<void> {
  await client.testHelpers.testClocks.advance(clock, { frozen_time: to });
  while ((await client.testHelpers.testClocks.retrieve(clock)).status !== 'ready') await new Promise(setImmediate);
}

async function subscribe(customer: string, card: string, changes: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
  const session = await makeSession(client, { customer, ...changes });
  emulator.pay(session.id, { card });
  const { subscription } = await client.checkout.sessions.retrieve(session.id);
  return String(subscription);
}

function eventsSince(count: number): string[] {
  return emulator
    .events()
    .slice(count)
    .map(({ type }) => type)
    .filter((type) => !type.startsWith('test_helpers.'));
}

const iso = (seconds = 0) => new Date(seconds * 1000).toISOString();
const periodOf = ({ items }: Stripe.Subscription) =>
  [items.data[0]?.current_period_start, items.data[0]?.current_period_end].map((at) => iso(at));

describe('on a test clock', () => {
  test('a renewal makes a draft, and an hour later it is paid', async () => {
    const { clock, customer } = await makeClock();
    const id = await subscribe(customer.id, '4242424242424242');
    const made = await client.subscriptions.retrieve(id);
    expect(made).toMatchObject({ status: 'active', test_clock: clock.id });
    expect(periodOf(made)).toEqual(['2026-01-31T12:00:00.000Z', '2026-02-28T12:00:00.000Z']);

    const before = emulator.events().length;
    const renewal = Date.UTC(2026, 1, 28, 12) / 1000;
    await advance(clock.id, renewal + 60);
    const renewed = await client.subscriptions.retrieve(id, { expand: ['latest_invoice'] });
    expect(periodOf(renewed)).toEqual(['2026-02-28T12:00:00.000Z', '2026-03-31T12:00:00.000Z']);
    expect(renewed.latest_invoice).toMatchObject({ status: 'draft', billing_reason: 'subscription_cycle' });
    expect(eventsSince(before)).toEqual(['invoice.created', 'customer.subscription.updated']);

    await advance(clock.id, renewal + 2 * hour);
    expect(eventsSince(before).slice(2)).toEqual([
      'invoice.finalized',
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'invoice.paid',
      'invoice.payment_succeeded',
      'invoice_payment.paid',
    ]);
    const { data } = await client.invoices.list({ customer: customer.id });
    expect(data.map(({ status, amount_paid }) => [status, amount_paid])).toEqual([
      ['paid', 900],
      ['paid', 900],
    ]);
    expect(data[0]?.lines.data[0]?.period).toEqual({ start: renewal, end: Date.UTC(2026, 2, 31, 12) / 1000 });
  });

  test('a card that fails goes past due, is tried again, and then the subscription ends', async () => {
    const { clock, customer } = await makeClock();
    const id = await subscribe(customer.id, '4000000000000341');
    const renewal = Date.UTC(2026, 1, 28, 12) / 1000;
    const before = emulator.events().length;
    await advance(clock.id, renewal + hour);
    const due = await client.subscriptions.retrieve(id, { expand: ['latest_invoice'] });
    expect(due.status).toBe('past_due');
    expect(due.latest_invoice).toMatchObject({
      status: 'open',
      attempt_count: 1,
      next_payment_attempt: renewal + hour + 3 * day,
    });
    expect(eventsSince(before)).toContain('invoice.payment_failed');
    await advance(clock.id, renewal + 16 * day);
    const over = await client.subscriptions.retrieve(id);
    expect(over).toMatchObject({
      status: 'canceled',
      ended_at: renewal + hour + 15 * day,
      cancellation_details: { reason: 'payment_failed' },
    });
    expect(eventsSince(before).filter((type) => type === 'invoice.payment_failed')).toHaveLength(4);
    expect(eventsSince(before).at(-1)).toBe('customer.subscription.deleted');
  });

  test('another card heals a subscription that is past due', async () => {
    const { clock, customer } = await makeClock();
    const id = await subscribe(customer.id, '4000000000000341');
    const renewal = Date.UTC(2026, 1, 28, 12) / 1000;
    await advance(clock.id, renewal + hour);
    const { latest_invoice: invoice } = await client.subscriptions.retrieve(id);
    expect(await refusalOf(client.invoices.pay(String(invoice)))).toMatchObject({
      type: 'StripeCardError',
      statusCode: 402,
      code: 'card_declined',
      decline_code: 'generic_decline',
    });
    emulator.changeCard(customer.id, '4242424242424242');
    await advance(clock.id, renewal + hour + 3 * day);
    expect((await client.subscriptions.retrieve(id)).status).toBe('active');
    expect((await client.invoices.retrieve(String(invoice))).status).toBe('paid');
  });

  test('a trial warns, ends, and is charged', async () => {
    const { clock, customer } = await makeClock();
    const id = await subscribe(customer.id, '4242424242424242', { subscription_data: { trial_period_days: 7 } });
    expect(await client.subscriptions.retrieve(id)).toMatchObject({ status: 'trialing', trial_end: start + 7 * day });
    const [session] = (await client.checkout.sessions.list({ subscription: id })).data;
    expect(session).toMatchObject({ amount_total: 0, payment_status: 'no_payment_required' });
    const before = emulator.events().length;
    await advance(clock.id, start + 5 * day);
    expect(eventsSince(before)).toEqual(['customer.subscription.trial_will_end']);
    await advance(clock.id, start + 7 * day + hour);
    expect(await client.subscriptions.retrieve(id)).toMatchObject({ status: 'active' });
    expect(eventsSince(before)).toContain('invoice.paid');
  });

  test('a trial without a card pauses when it was told to, and resumes', async () => {
    const { clock, customer } = await makeClock();
    const price = await makePrice(client);
    const { id } = await client.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      trial_period_days: 7,
      trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
    });
    await advance(clock.id, start + 8 * day);
    const paused = await client.subscriptions.retrieve(id);
    expect(paused.status).toBe('paused');
    expect(paused.status_details?.paused.subscription.type).toBe('trial_end_without_payment_method');
    emulator.changeCard(customer.id, '4242424242424242');
    expect((await client.subscriptions.resume(id, { billing_cycle_anchor: { type: 'now' } })).status).toBe('active');
    expect(eventsSince(0)).toEqual(
      expect.arrayContaining(['customer.subscription.paused', 'customer.subscription.resumed']),
    );
  });

  test('it moves forward only, and not too far at once', async () => {
    const { clock, customer } = await makeClock();
    await subscribe(customer.id, '4242424242424242');
    const move = (to: number) => refusalOf(client.testHelpers.testClocks.advance(clock.id, { frozen_time: to }));
    expect((await move(start - 1)).param).toBe('frozen_time');
    expect((await move(start + 63 * day)).message).toContain('at most two intervals');
    expect((await client.customers.list()).data).toEqual([]);
    expect((await client.customers.list({ test_clock: clock.id })).data).toHaveLength(1);
    await client.testHelpers.testClocks.del(clock.id);
    expect(await client.customers.retrieve(customer.id)).toMatchObject({ deleted: true });
  });
});

describe('as time passes', () => {
  test('cancel at period end ends it then, unless it is taken back', async () => {
    const customer = await client.customers.create();
    const id = await subscribe(customer.id, '4242424242424242');
    const leaving = await client.subscriptions.update(id, { cancel_at_period_end: true });
    expect(leaving).toMatchObject({
      status: 'active',
      cancel_at: leaving.items.data[0]?.current_period_end,
      cancellation_details: { reason: 'cancellation_requested' },
    });
    expect(await client.subscriptions.update(id, { cancel_at_period_end: false })).toMatchObject({
      cancel_at: null,
      canceled_at: null,
    });
    await client.subscriptions.update(id, { cancel_at_period_end: true });
    emulator.advance(32 * day);
    expect(await client.subscriptions.retrieve(id)).toMatchObject({ status: 'canceled' });
    const { data } = await client.subscriptions.list({ customer: customer.id });
    expect(data).toEqual([]);
    expect((await client.subscriptions.list({ customer: customer.id, status: 'all' })).data).toHaveLength(1);
  });

  test('cancelled at once it can neither be cancelled again nor changed', async () => {
    const id = await subscribe((await client.customers.create()).id, '4242424242424242');
    const over = await client.subscriptions.cancel(id, { cancellation_details: { feedback: 'unused' } });
    expect(over).toMatchObject({ status: 'canceled', cancellation_details: { feedback: 'unused' } });
    expect(await refusalOf(client.subscriptions.cancel(id))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
    expect((await refusalOf(client.subscriptions.update(id, { cancel_at_period_end: true }))).message).toContain(
      'can only update its cancellation_details and metadata',
    );
  });

  test('paused collection renews without asking for money', async () => {
    const customer = await client.customers.create();
    const id = await subscribe(customer.id, '4242424242424242');
    await client.subscriptions.update(id, { pause_collection: { behavior: 'void' } });
    emulator.advance(32 * day);
    expect((await client.invoices.list({ customer: customer.id })).data[0]?.status).toBe('void');
    expect((await client.subscriptions.update(id, { pause_collection: '' })).pause_collection).toBeNull();
    emulator.advance(31 * day);
    expect((await client.invoices.list({ customer: customer.id })).data[0]?.status).toBe('paid');
  });

  test('after the last attempt it may stay, unpaid', async () => {
    emulator.setPolicy({ retryDays: [1], afterRetries: 'unpaid' });
    const customer = await client.customers.create();
    const id = await subscribe(customer.id, '4000000000000341');
    emulator.advance(34 * day);
    expect((await client.subscriptions.retrieve(id)).status).toBe('unpaid');
    emulator.advance(31 * day);
    expect((await client.invoices.list({ customer: customer.id })).data[0]).toMatchObject({
      status: 'draft',
      auto_advance: false,
    });
  });

  test('a first payment that fails leaves it incomplete for 23 hours', async () => {
    const customer = await client.customers.create({ payment_method: 'pm_card_visa_chargeDeclined' });
    const { data } = await client.customers.listPaymentMethods(customer.id);
    const price = await makePrice(client);
    const made = await client.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      default_payment_method: data[0]?.id,
    });
    expect(made.status).toBe('incomplete');
    emulator.advance(24 * hour);
    expect((await client.subscriptions.retrieve(made.id)).status).toBe('incomplete_expired');
  });

  test('a session that nobody pays expires', async () => {
    const session = await makeSession(client, { expires_at: emulator.now() + hour });
    emulator.advance(2 * hour);
    expect(await client.checkout.sessions.retrieve(session.id)).toMatchObject({ status: 'expired', url: null });
    expect(eventsSince(0).at(-1)).toBe('checkout.session.expired');
  });

  test('deleting a customer ends their subscriptions', async () => {
    const customer = await client.customers.create();
    const id = await subscribe(customer.id, '4242424242424242');
    await client.customers.del(customer.id);
    expect((await client.subscriptions.retrieve(id)).status).toBe('canceled');
    expect(eventsSince(0).slice(-2)).toEqual(['customer.subscription.deleted', 'customer.deleted']);
  });
});

import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect, makePrice, makeSession, refusalOf } from './client-for-test.ts';
import { type StripeEmulator, startStripe } from './index.ts';

let emulator: StripeEmulator;
let client: Stripe;

beforeEach(async () => {
  emulator = await startStripe();
  client = connect(emulator);
});
afterEach(() => emulator.close());

const typesSince = (count: number) =>
  emulator
    .events()
    .slice(count)
    .map(({ type }) => type);

/** An open session for one payment of nine dollars. */
async function makePayment(changes: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
  const price = await makePrice(client, { recurring: undefined });
  return makeSession(client, { mode: 'payment', line_items: [{ price: price.id, quantity: 1 }], ...changes });
}

async function buy(card = '4242424242424242') {
  const session = await makePayment({ payment_intent_data: { metadata: { pack: '100' } } });
  emulator.pay(session.id, { card });
  const paid = await client.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] });
  return paid.payment_intent as Stripe.PaymentIntent;
}

describe('payments', () => {
  test('a paid session has an intent with its metadata and a charge', async () => {
    const intent = await buy();
    expect(intent).toMatchObject({ status: 'succeeded', amount_received: 900, metadata: { pack: '100' } });
    const charge = await client.charges.retrieve(String(intent.latest_charge));
    expect(charge).toMatchObject({ paid: true, amount: 900, metadata: { pack: '100' }, payment_intent: intent.id });
  });

  test('a declined card leaves the session open, and another pays it', async () => {
    const session = await makePayment();
    expect(() => emulator.pay(session.id, { card: '4000000000000002' })).toThrow('Your card was declined.');
    expect(() => emulator.pay(session.id, { card: '4000000000009995' })).toThrow('insufficient funds');
    const before = emulator.events().length;
    expect(await client.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'open',
      payment_status: 'unpaid',
    });
    emulator.pay(session.id);
    expect(typesSince(before)).toEqual([
      'payment_method.attached',
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.completed',
    ]);
    expect(() => emulator.pay(session.id)).toThrow("You're all done here");
  });

  test('somebody without a customer becomes one by subscribing', async () => {
    const price = await makePrice(client);
    const session = await client.checkout.sessions.create({
      mode: 'subscription',
      customer_email: 'hare@example.com',
      client_reference_id: 'account-7',
      line_items: [{ price: price.id, quantity: 2 }],
      subscription_data: { metadata: { account: '7' } },
      success_url: 'http://127.0.0.1:1/done',
    });
    expect(session).toMatchObject({ customer: null, amount_total: 1800 });
    emulator.pay(session.url ?? '');
    const paid = await client.checkout.sessions.retrieve(session.id, { expand: ['customer', 'subscription'] });
    expect(paid).toMatchObject({
      client_reference_id: 'account-7',
      customer: { email: 'hare@example.com' },
      customer_details: { email: 'hare@example.com' },
      subscription: { metadata: { account: '7' }, items: { data: [{ quantity: 2 }] } },
    });
  });

  test('automatic tax asks where the payer is, and keeps it where it may', async () => {
    const session = await makePayment({ automatic_tax: { enabled: true }, customer_update: { address: 'auto' } });
    expect(session.automatic_tax.status).toBe('requires_location_inputs');
    expect(() => emulator.pay(session.id, { country: '' })).toThrow('Enter a country.');
    emulator.pay(session.id, { country: 'es' });
    const paid = await client.checkout.sessions.retrieve(session.id, { expand: ['customer'] });
    expect(paid).toMatchObject({ automatic_tax: { status: 'complete' }, customer: { address: { country: 'ES' } } });
  });

  test('money that comes days later', async () => {
    const [good, bad] = [await makePayment(), await makePayment()];
    for (const { id } of [good, bad]) emulator.payLater(id);
    expect(await client.checkout.sessions.retrieve(good.id)).toMatchObject({
      status: 'complete',
      payment_status: 'unpaid',
    });
    emulator.settlePayment(good.id, 'succeeded');
    emulator.settlePayment(bad.id, 'failed');
    expect((await client.checkout.sessions.retrieve(good.id)).payment_status).toBe('paid');
    expect((await client.checkout.sessions.retrieve(bad.id)).payment_status).toBe('unpaid');
    expect(typesSince(0)).toEqual(
      expect.arrayContaining(['checkout.session.async_payment_succeeded', 'checkout.session.async_payment_failed']),
    );
  });
});

describe('refunds', () => {
  test('in parts, to the last cent and no further', async () => {
    const { id } = await buy();
    const before = emulator.events().length;
    expect(await client.refunds.create({ payment_intent: id, amount: 400 })).toMatchObject({ status: 'succeeded' });
    expect(typesSince(before)).toEqual(['charge.refunded', 'refund.created']);
    expect((await refusalOf(client.refunds.create({ payment_intent: id, amount: 501 }))).message).toBe(
      'Refund amount ($5.01) is greater than unrefunded amount on charge ($5.00)',
    );
    await client.refunds.create({ payment_intent: id });
    expect(await refusalOf(client.refunds.create({ payment_intent: id }))).toMatchObject({
      code: 'charge_already_refunded',
    });
    const { data } = await client.charges.list({ payment_intent: id, expand: ['data.refunds'] });
    expect(data[0]).toMatchObject({ refunded: true, amount_refunded: 900 });
    expect(data[0]?.refunds?.data).toHaveLength(2);
  });

  test('one can fail later', async () => {
    const { id } = await buy();
    const refund = await client.refunds.create({ payment_intent: id });
    emulator.failRefund(refund.id);
    expect((await client.refunds.retrieve(refund.id)).status).toBe('failed');
    expect((await client.charges.retrieve(String(refund.charge))).refunded).toBe(false);
    expect(typesSince(0)).toEqual(expect.arrayContaining(['refund.updated', 'refund.failed']));
  });

  test('the invoice of a refunded charge is found by its payment', async () => {
    emulator.pay((await makeSession(client)).id);
    const { data } = await client.charges.list();
    const refund = emulator.refund({ charge: data[0]?.id });
    const payments = await client.invoicePayments.list({
      payment: { type: 'payment_intent', payment_intent: String(refund.payment_intent) },
      expand: ['data.invoice'],
    });
    const invoice = payments.data[0]?.invoice as Stripe.Invoice;
    expect(invoice.parent?.subscription_details?.subscription).toMatch(/^sub_/);
    expect(emulator.events().at(-1)?.request).toEqual({ id: null, idempotency_key: null });
  });
});

describe('disputes', () => {
  test('opened from outside, answered, and won', async () => {
    const { latest_charge: charge } = await buy();
    const before = emulator.events().length;
    const dispute = emulator.openDispute(String(charge));
    expect(await client.disputes.retrieve(dispute.id)).toMatchObject({ status: 'needs_response', amount: 900 });
    expect(await refusalOf(client.refunds.create({ charge: String(charge) }))).toMatchObject({
      code: 'charge_disputed',
    });
    const answered = await client.disputes.update(dispute.id, { evidence: { uncategorized_text: 'winning_evidence' } });
    expect(answered.status).toBe('won');
    expect(typesSince(before)).toEqual([
      'charge.dispute.created',
      'charge.dispute.funds_withdrawn',
      'charge.dispute.updated',
      'charge.dispute.closed',
      'charge.dispute.funds_reinstated',
    ]);
    expect((await refusalOf(client.disputes.close(dispute.id))).message).toContain('already closed');
  });

  test('a card whose holder disputes at once, and lost', async () => {
    await buy('4000000000000259');
    const [dispute] = (await client.disputes.list()).data;
    emulator.closeDispute(dispute?.id ?? '', 'lost');
    expect((await client.disputes.retrieve(dispute?.id ?? '')).status).toBe('lost');
  });
});

describe('discounts', () => {
  async function makeCode(changes: Partial<Stripe.CouponCreateParams> = {}) {
    const coupon = await client.coupons.create({ percent_off: 50, duration: 'once', ...changes });
    return client.promotionCodes.create({ code: 'FOXES', promotion: { type: 'coupon', coupon: coupon.id } });
  }

  test('a promotion code halves the first invoice and not the second', async () => {
    await makeCode();
    const session = await makeSession(client, { allow_promotion_codes: true });
    expect(() => emulator.pay(session.id, { promotionCode: 'WOLVES' })).toThrow('This code is invalid.');
    emulator.pay(session.id, { promotionCode: 'foxes' });
    const paid = await client.checkout.sessions.retrieve(session.id);
    expect(paid).toMatchObject({ amount_subtotal: 900, amount_total: 450, total_details: { amount_discount: 450 } });
    emulator.advance(32 * 86_400);
    const { data } = await client.invoices.list({ subscription: String(paid.subscription) });
    expect(data.map(({ amount_paid }) => amount_paid)).toEqual([900, 450]);
  });

  test('codes count only where they are allowed, and as often as they may', async () => {
    const code = await makeCode({ max_redemptions: 1 });
    const closed = await makeSession(client);
    expect(() => emulator.pay(closed.id, { promotionCode: 'FOXES' })).toThrow('This code is invalid.');
    emulator.pay((await makeSession(client, { allow_promotion_codes: true })).id, { promotionCode: 'FOXES' });
    const late = await makeSession(client, { allow_promotion_codes: true });
    expect(() => emulator.pay(late.id, { promotionCode: 'FOXES' })).toThrow('This code is invalid.');
    expect((await client.promotionCodes.retrieve(code.id)).times_redeemed).toBe(1);
  });

  test('a session made with a discount of everything needs no payment', async () => {
    const coupon = await client.coupons.create({ percent_off: 100, duration: 'forever' });
    const session = await makePayment({ discounts: [{ coupon: coupon.id }] });
    emulator.pay(session.id);
    expect(await client.checkout.sessions.retrieve(session.id)).toMatchObject({
      amount_total: 0,
      payment_status: 'no_payment_required',
      payment_intent: null,
    });
  });
});

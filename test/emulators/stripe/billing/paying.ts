import type Stripe from 'stripe';
import { mergeMetadata } from '../http/parameters.ts';
import type { createCheckout } from '../resources/checkout.ts';
import { makeDetails } from '../resources/checkout-session.ts';
import type { createCustomers } from '../resources/customers.ts';
import { idOf, type World } from '../world.ts';
import { findCard } from './cards.ts';
import { redeem, reduce } from './discounts.ts';
import type { Payments } from './payments.ts';
import { day } from './periods.ts';
import type { Subscriptions } from './subscriptions.ts';

export type Payer = { email?: string; card?: string; promotionCode?: string };
export type Paid = { ok: true; redirect: string } | { ok: false; message: string };

/** What the hosted page does when a person pays. */
export function createPaying(options: {
  world: World;
  checkout: ReturnType<typeof createCheckout>;
  customers: ReturnType<typeof createCustomers>;
  payments: Payments;
  subscriptions: Subscriptions;
}) {
  const { world, checkout, customers, payments, subscriptions } = options;

  function pay(session: Stripe.Checkout.Session, payer: Payer): Paid {
    if (session.status !== 'open') return { ok: false, message: closedMessage(session) };
    const email = emailOf(session, payer);
    if (!email) return { ok: false, message: 'Enter an email address.' };
    const code = payer.promotionCode ? findCode(session, payer.promotionCode) : null;
    if (payer.promotionCode && !code) return { ok: false, message: 'This code is invalid.' };
    const number = (payer.card ?? '').replace(/\s/g, '');
    if (number === '') return { ok: false, message: 'Enter a card number.' };
    const outcome =
      session.mode === 'subscription' ? subscribe(session, email, number, code) : buy(session, email, number, code);
    if (outcome) return { ok: false, message: outcome };
    return { ok: true, redirect: (session.success_url ?? '').replaceAll('{CHECKOUT_SESSION_ID}', session.id) };
  }

  /** Ends in a subscription, or in the words of a refusal. */
  function subscribe(
    session: Stripe.Checkout.Session,
    email: string,
    number: string,
    code: Stripe.PromotionCode | null,
  ) {
    const trialEnd = readTrialEnd(session);
    const refused = findCard(number).onSession;
    if (refused) return refused.message;
    const customer = customerOf(session, email);
    const method = payments.addCard(customer, number, email);
    const data = checkout.recall(session.id)?.input.subscription_data;
    const behavior = data?.trial_settings?.end_behavior.missing_payment_method;
    const subscription = subscriptions.create(
      {
        customer,
        items: (checkout.recall(session.id)?.lines ?? []).filter(({ price }) => price.type === 'recurring'),
        metadata: mergeMetadata({}, data?.metadata),
        description: data?.description,
        method,
        trialEnd,
        ...(behavior && {
          trialSettings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: behavior } },
        }),
      },
      (made) => {
        if (!code) return;
        const owner = { customer: customer.id, subscription: made.id, checkoutSession: session.id };
        made.discounts = [redeem(world, code, owner, world.now(customer)).id];
      },
    );
    subscriptions.begin(subscription, true);
    const invoice = idOf(subscription.latest_invoice);
    complete(
      session,
      { customer: customer.id, subscription: subscription.id, invoice, payment_status: 'paid' },
      email,
      code,
    );
    return null;
  }

  function buy(session: Stripe.Checkout.Session, email: string, number: string, code: Stripe.PromotionCode | null) {
    const data = checkout.recall(session.id)?.input.payment_intent_data;
    const made = session.customer || session.customer_creation === 'always' ? customerOf(session, email) : null;
    const method = payments.addCard(made, number, email);
    const former = world.find('payment_intent', idOf(session.payment_intent));
    const { intent, decline } = payments.charge({
      customer: made,
      amount: totalOf(session, code),
      currency: session.currency ?? 'usd',
      method,
      onSession: true,
      description: data?.description ?? null,
      metadata: mergeMetadata({}, data?.metadata),
      intent: former,
      email,
    });
    session.payment_intent = intent.id;
    if (decline) return decline.message;
    complete(session, { customer: made?.id ?? null, payment_status: 'paid' }, email, code);
    return null;
  }

  /** Completes a payment session whose money arrives days later, as a bank debit's does. */
  function payLater(session: Stripe.Checkout.Session, payer: Payer): Stripe.PaymentIntent {
    if (session.status !== 'open' || session.mode !== 'payment') throw new Error('Only an open payment session.');
    const email = emailOf(session, payer) ?? 'payer@example.com';
    const customer = session.customer ? customerOf(session, email) : null;
    const method = payments.addCard(customer, payer.card ?? '4242424242424242', email);
    const amount = totalOf(session, null);
    const attempt = {
      customer,
      method,
      amount,
      onSession: true,
      description: null,
      currency: session.currency ?? 'usd',
    };
    const intent = payments.begin(attempt);
    complete(
      session,
      { customer: customer?.id ?? null, payment_intent: intent.id, payment_status: 'unpaid' },
      email,
      null,
    );
    return intent;
  }

  /** The money of a session paid later has arrived, or never will. */
  function settle(session: Stripe.Checkout.Session, outcome: 'succeeded' | 'failed'): void {
    const intent = world.get('payment_intent', idOf(session.payment_intent) ?? '');
    if (intent.status !== 'processing') throw new Error(`Nothing is under way: ${intent.status}`);
    payments.finish(intent, outcome);
    if (outcome === 'succeeded') session.payment_status = 'paid';
    world.emit(`checkout.session.async_payment_${outcome}`, session);
  }

  function customerOf(session: Stripe.Checkout.Session, email: string): Stripe.Customer {
    const known = world.find('customer', idOf(session.customer));
    return known ?? customers.create({ email });
  }

  function complete(
    session: Stripe.Checkout.Session,
    patch: Partial<Stripe.Checkout.Session>,
    email: string,
    code: Stripe.PromotionCode | null,
  ): void {
    const total = totalOf(session, code);
    const paid = total === 0 && session.mode === 'payment' ? 'no_payment_required' : patch.payment_status;
    const discount = (session.amount_subtotal ?? 0) - total;
    Object.assign(session, {
      ...patch,
      payment_status: paid,
      amount_total: total,
      total_details: { amount_discount: discount, amount_shipping: 0, amount_tax: 0 },
      discounts: code ? [{ coupon: null, promotion_code: code.id }] : [],
      customer_details: makeDetails(email),
      status: 'complete',
      url: null,
    } satisfies Partial<Stripe.Checkout.Session>);
    world.emit('checkout.session.completed', session);
  }

  function readTrialEnd(session: Stripe.Checkout.Session): number | null {
    const data = checkout.recall(session.id)?.input.subscription_data;
    const now = world.now(world.find('customer', idOf(session.customer)));
    return data?.trial_end ?? (data?.trial_period_days === undefined ? null : now + data.trial_period_days * day);
  }

  function findCode(session: Stripe.Checkout.Session, typed: string): Stripe.PromotionCode | null {
    if (!session.allow_promotion_codes) return null;
    const found = world
      .list('promotion_code')
      .find((one) => one.active && one.code.toLowerCase() === typed.trim().toLowerCase());
    const coupon = world.find('coupon', idOf(found?.promotion.coupon));
    const now = world.now();
    const isSpent = found?.max_redemptions != null && found.times_redeemed >= found.max_redemptions;
    const isOthers = found?.customer != null && found.customer !== session.customer;
    const isLate = found?.expires_at != null && found.expires_at <= now;
    return found && coupon?.valid && !isSpent && !isOthers && !isLate ? found : null;
  }

  function totalOf(session: Stripe.Checkout.Session, code: Stripe.PromotionCode | null): number {
    const subtotal = readTrialEnd(session) === null ? (session.amount_subtotal ?? 0) : 0;
    return subtotal - reduce(world.find('coupon', idOf(code?.promotion.coupon)), subtotal);
  }

  /** A known customer's address stands; otherwise the payer's counts. */
  function emailOf(session: Stripe.Checkout.Session, payer: Payer): string | null {
    const known = world.find('customer', idOf(session.customer))?.email ?? session.customer_email;
    return known ?? payer.email?.trim() ?? null;
  }

  return { pay, payLater, settle, findCode, totalOf, emailOf };
}

/** Stripe's words for a session that can't be paid any more. */
export function closedMessage(session: Stripe.Checkout.Session): string {
  return session.status === 'complete'
    ? "You're all done here. You've either completed your payment or this checkout session has timed out."
    : 'This Checkout Session has timed out. Please go back and try again.';
}

import type Stripe from 'stripe';
import { mergeMetadata } from '../http/parameters.ts';
import { type createCheckout, setReduction } from '../resources/checkout.ts';
import { makeDetails } from '../resources/checkout-session.ts';
import type { createCustomers } from '../resources/customers.ts';
import { idOf, type World } from '../world.ts';
import { findCard } from './cards.ts';
import { countRedemption, type Reduction, redeem } from './discounts.ts';
import { asksCountry, closedMessage, makeAddress, type Payer } from './payer.ts';
import type { Payments } from './payments.ts';
import { day } from './periods.ts';
import type { Subscriptions } from './subscriptions.ts';

export type Paid = { ok: true; redirect: string } | { ok: false; message: string };
/** A session that somebody pays, with what the payer said. */
type Payment = {
  session: Stripe.Checkout.Session;
  email: string;
  number: string;
  reduction: Reduction | null;
  country: string | null;
};

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
    const read = readPayer(session, payer);
    if (typeof read === 'string') return { ok: false, message: read };
    setReduction(session, read.reduction);
    const refused = session.mode === 'subscription' ? subscribe(read) : buy(read);
    if (refused !== null) return { ok: false, message: refused };
    return { ok: true, redirect: (session.success_url ?? '').replaceAll('{CHECKOUT_SESSION_ID}', session.id) };
  }

  /** What the payer said, or what is wrong with it. */
  function readPayer(session: Stripe.Checkout.Session, payer: Payer): Payment | string {
    const email = emailOf(session) ?? payer.email?.trim();
    if (!email) return 'Enter an email address.';
    const reduction = findReduction(session, payer.promotionCode);
    if (payer.promotionCode && !reduction) return 'This code is invalid.';
    const number = (payer.card ?? '').replace(/\s/g, '');
    if (number === '') return 'Enter a card number.';
    const country = payer.country?.trim().toUpperCase() || null;
    if (asksCountry(session) && !country) return 'Enter a country.';
    return { session, email, number, reduction, country: asksCountry(session) ? country : null };
  }

  /** Ends in a subscription (null), or in the words of a refusal. */
  function subscribe(payment: Payment): string | null {
    const { session, email, number, reduction } = payment;
    const data = checkout.recall(session.id)?.input.subscription_data;
    const known = world.find('customer', idOf(session.customer)) ?? null;
    const refused = findCard(number).onSession;
    if (refused) {
      if (session.amount_total) chargeOnce(session, known, number, email);
      return refused.message;
    }
    const customer = known ?? customers.create({ email });
    const days = data?.trial_period_days;
    const subscription = subscriptions.create(
      {
        customer,
        items: checkout.recall(session.id)?.lines ?? [],
        metadata: mergeMetadata({}, data?.metadata),
        description: data?.description,
        method: payments.addCard(customer, number, email),
        trialEnd: data?.trial_end ?? (days === undefined ? null : world.now(customer) + days * day),
        withoutMethod: data?.trial_settings?.end_behavior.missing_payment_method,
      },
      (made) => {
        const owner = { customer: customer.id, subscription: made.id, checkoutSession: session.id };
        made.automatic_tax.enabled = session.automatic_tax.enabled;
        if (reduction) made.discounts = [redeem(world, reduction, owner, world.now(customer)).id];
      },
    );
    keepAddress(payment, customer);
    subscriptions.begin(subscription, { onSession: true });
    const invoice = idOf(subscription.latest_invoice);
    complete(payment, { customer: customer.id, subscription: subscription.id, invoice, payment_status: 'paid' });
    return null;
  }

  /** Ends in a payment (null), or in the words of a refusal. */
  function buy(payment: Payment): string | null {
    const { session, email, number, reduction } = payment;
    const known = world.find('customer', idOf(session.customer)) ?? null;
    const customer = known ?? (session.customer_creation === 'always' ? customers.create({ email }) : null);
    if (session.amount_total) {
      const { intent, decline } = chargeOnce(session, customer, number, email);
      session.payment_intent = intent.id;
      if (decline) return decline.message;
    }
    if (reduction) countRedemption(reduction);
    if (customer) keepAddress(payment, customer);
    complete(payment, { customer: customer?.id ?? null, payment_status: 'paid' });
    return null;
  }

  function chargeOnce(
    session: Stripe.Checkout.Session,
    customer: Stripe.Customer | null,
    number: string,
    email: string,
  ) {
    const data = checkout.recall(session.id)?.input.payment_intent_data;
    return payments.charge({
      customer,
      amount: session.amount_total ?? 0,
      currency: session.currency ?? 'usd',
      method: payments.addCard(customer, number, email),
      onSession: true,
      description: data?.description ?? null,
      metadata: mergeMetadata({}, data?.metadata),
      intent: world.find('payment_intent', idOf(session.payment_intent)),
      email,
    });
  }

  /** Completes a payment session whose money arrives days later, as a bank debit's does. */
  function payLater(session: Stripe.Checkout.Session, email: string): Stripe.PaymentIntent {
    if (session.status !== 'open' || session.mode !== 'payment') throw new Error('It is no open payment session.');
    const customer = world.find('customer', idOf(session.customer)) ?? null;
    const intent = payments.begin({
      customer,
      amount: session.amount_total ?? 0,
      currency: session.currency ?? 'usd',
      method: payments.addCard(customer, '4242424242424242', email),
      onSession: true,
      description: null,
    });
    const payment = { session, email, number: '', reduction: null, country: null };
    complete(payment, {
      customer: customer?.id ?? null,
      payment_intent: intent.id,
      payment_status: 'unpaid',
    });
    return intent;
  }

  /** The money of a session paid later has arrived, or never will. */
  function settle(session: Stripe.Checkout.Session, outcome: 'succeeded' | 'failed'): void {
    const intent = world.get('payment_intent', idOf(session.payment_intent) ?? '');
    if (intent.status !== 'processing') throw new Error(`Nothing is under way: it ${intent.status}.`);
    payments.finish(intent, outcome);
    if (outcome === 'succeeded') session.payment_status = 'paid';
    world.emit(`checkout.session.async_payment_${outcome}`, session);
  }

  /** A new customer's address is the payer's; a known one's only where the session says so. */
  function keepAddress({ session, country }: Payment, customer: Stripe.Customer): void {
    const isKept = checkout.recall(session.id)?.input.customer_update?.address === 'auto';
    if (!country || (session.customer !== null && !isKept)) return;
    world.change(customer, { address: makeAddress(country) }, 'customer.updated');
  }

  function complete({ session, email, country }: Payment, patch: Partial<Stripe.Checkout.Session>): void {
    const { automatic_tax: tax } = session;
    Object.assign(session, {
      ...patch,
      payment_status: session.amount_total === 0 ? 'no_payment_required' : patch.payment_status,
      customer_details: { ...makeDetails(email), address: country ? makeAddress(country) : null },
      automatic_tax: tax.enabled ? { ...tax, status: 'complete' } : tax,
      status: 'complete',
      url: null,
    } satisfies Partial<Stripe.Checkout.Session>);
    world.emit('checkout.session.completed', session);
  }

  /** What the session was made with, or what the typed code gives; null without either. */
  function findReduction(session: Stripe.Checkout.Session, typed: string | undefined): Reduction | null {
    if (!session.allow_promotion_codes || !typed) return checkout.recall(session.id)?.reduction ?? null;
    const wanted = typed.trim().toLowerCase();
    const code = world.list('promotion_code').find((one) => one.active && one.code.toLowerCase() === wanted);
    const coupon = world.find('coupon', idOf(code?.promotion.coupon));
    if (!code || !coupon?.valid) return null;
    const isSpent = code.max_redemptions !== null && code.times_redeemed >= code.max_redemptions;
    const isLate = code.expires_at !== null && code.expires_at <= world.now();
    const isOthers = code.customer !== null && code.customer !== session.customer;
    return isSpent || isLate || isOthers ? null : { coupon, code };
  }

  /** The address that is known already; the payer can't change it. */
  function emailOf(session: Stripe.Checkout.Session): string | null {
    return world.find('customer', idOf(session.customer))?.email ?? session.customer_email;
  }

  return { pay, payLater, settle, findReduction, emailOf };
}

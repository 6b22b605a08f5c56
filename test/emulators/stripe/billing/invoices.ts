import type Stripe from 'stripe';
import { idOf, newId, randomLetters, type World } from '../world.ts';
import type { Decline } from './cards.ts';
import { couponOf, reduce } from './discounts.ts';
import { makeInvoice, makeLine, makePayment } from './make-invoice.ts';
import type { Payments } from './payments.ts';

export type Invoices = ReturnType<typeof createInvoices>;
export type PayOptions = {
  /** Whether the person is there. */
  onSession?: boolean;
  /** Whether it is the schedule that tries, not somebody. */
  scheduled?: boolean;
};
export type Reason = 'subscription_create' | 'subscription_cycle' | 'subscription_update';

/** Invoices of subscriptions: drafted, finalized an hour later or at once, paid, voided. */
export function createInvoices(options: { world: World; payments: Payments; origin: () => string }) {
  const { world, payments, origin } = options;

  /** A draft over the period that the items stand in; free while the subscription is on trial. */
  function draft(subscription: Stripe.Subscription, reason: Reason, former: { start: number; end: number }) {
    const customer = world.get('customer', idOf(subscription.customer) ?? '');
    const now = world.now(customer);
    const id = newId('in');
    const free = subscription.status === 'trialing';
    const lines = subscription.items.data.map((item) => makeLine(id, subscription, item, free));
    const subtotal = lines.reduce((sum, line) => sum + line.amount, 0);
    const discount = idOf(subscription.discounts[0]);
    const off = reduce(couponOf(world, discount, now), subtotal);
    const total = subtotal - off;
    const invoice = makeInvoice({ id, subscription, customer, reason, former, now, lines, subtotal, total });
    if (discount && off > 0) {
      invoice.discounts = [discount];
      invoice.total_discount_amounts = [{ amount: off, discount }];
    }
    world.insert('invoice', invoice);
    subscription.latest_invoice = id;
    world.emit('invoice.created', invoice);
    return invoice;
  }

  function finalize(invoice: Stripe.Invoice): void {
    const customer = world.get('customer', idOf(invoice.customer) ?? '');
    const number = customer.next_invoice_sequence ?? 1;
    customer.next_invoice_sequence = number + 1;
    const now = world.now(customer);
    const hosted = `${origin()}/i/acct_emulated/test_${randomLetters(40)}`;
    Object.assign(invoice, {
      number: `${customer.invoice_prefix}-${String(number).padStart(4, '0')}`,
      hosted_invoice_url: hosted,
      invoice_pdf: `${hosted}/pdf`,
      effective_at: now,
      automatically_finalizes_at: null,
      status: 'open',
      status_transitions: { ...invoice.status_transitions, finalized_at: now },
    } satisfies Partial<Stripe.Invoice>);
    world.emit('invoice.finalized', invoice);
  }

  /**
   * Charges what is due; nothing due is paid without a charge. The decline, or null when it is paid. After the first
   * attempt only scheduled ones count.
   */
  function pay(invoice: Stripe.Invoice, method: Stripe.PaymentMethod | null, how: PayOptions): Decline | null {
    const { onSession = false, scheduled = false } = how;
    const customer = world.get('customer', idOf(invoice.customer) ?? '');
    invoice.attempted = true;
    if (invoice.amount_due === 0) {
      markPaid(invoice);
      return null;
    }
    if (scheduled || invoice.attempt_count === 0) invoice.attempt_count += 1;
    const payment = world.list('invoice_payment').find((one) => one.invoice === invoice.id);
    const former = world.find('payment_intent', idOf(payment?.payment.payment_intent));
    if (!method) return noMethod;
    const description =
      invoice.billing_reason === 'subscription_create' ? 'Subscription creation' : 'Subscription update';
    const attempt = {
      customer,
      method,
      onSession,
      description,
      amount: invoice.amount_due,
      currency: invoice.currency,
    };
    const { intent, decline } = payments.charge({ ...attempt, intent: former, email: customer.email });
    const kept = payment ?? world.insert('invoice_payment', makePayment(invoice, intent));
    if (decline) return decline;
    const paidAt = world.now(customer);
    Object.assign(kept, { status: 'paid', amount_paid: invoice.amount_due });
    kept.status_transitions.paid_at = paidAt;
    markPaid(invoice);
    world.emit('invoice_payment.paid', kept);
    return null;
  }

  function markPaid(invoice: Stripe.Invoice): void {
    const paidAt = world.now(world.find('customer', idOf(invoice.customer)));
    Object.assign(invoice, {
      status: 'paid',
      amount_paid: invoice.amount_due,
      amount_remaining: 0,
      next_payment_attempt: null,
      status_transitions: { ...invoice.status_transitions, paid_at: paidAt },
    } satisfies Partial<Stripe.Invoice>);
    world.emit('invoice.paid', invoice);
    world.emit('invoice.payment_succeeded', invoice);
  }

  function voidOne(invoice: Stripe.Invoice): void {
    const voided_at = world.now(world.find('customer', idOf(invoice.customer)));
    const status_transitions = { ...invoice.status_transitions, voided_at };
    Object.assign(invoice, { status: 'void', next_payment_attempt: null, auto_advance: false, status_transitions });
    world.emit('invoice.voided', invoice);
  }

  function giveUp(invoice: Stripe.Invoice): void {
    const marked_uncollectible_at = world.now(world.find('customer', idOf(invoice.customer)));
    const status_transitions = { ...invoice.status_transitions, marked_uncollectible_at };
    Object.assign(invoice, { status: 'uncollectible', next_payment_attempt: null, status_transitions });
    world.emit('invoice.marked_uncollectible', invoice);
  }

  return { draft, finalize, pay, giveUp, void: voidOne };
}

const noMethod: Decline = {
  code: 'missing',
  decline_code: 'missing',
  message: 'This customer has no attached payment source or default payment method.',
};

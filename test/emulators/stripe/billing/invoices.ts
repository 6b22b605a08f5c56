import type Stripe from 'stripe';
import { toDecimal } from '../resources/catalogue.ts';
import { idOf, newId, randomLetters, type World } from '../world.ts';
import type { Decline } from './cards.ts';
import { couponOf, reduce } from './discounts.ts';
import type { Payments } from './payments.ts';
import { hour } from './periods.ts';

export type Invoices = ReturnType<typeof createInvoices>;
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

  /** Charges what is due; nothing due is paid without a charge. The decline, or null when it is paid. */
  function pay(invoice: Stripe.Invoice, method: Stripe.PaymentMethod | null, onSession: boolean): Decline | null {
    const customer = world.get('customer', idOf(invoice.customer) ?? '');
    invoice.attempted = true;
    if (invoice.amount_due === 0) {
      markPaid(invoice);
      return null;
    }
    invoice.attempt_count += 1;
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

  return { draft, finalize, pay, markPaid, void: voidOne };
}

const noMethod: Decline = {
  code: 'missing',
  decline_code: 'missing',
  message: 'This customer has no attached payment source or default payment method.',
};

function makeLine(invoice: string, owner: Stripe.Subscription, item: Stripe.SubscriptionItem, free: boolean) {
  const unit = free ? 0 : (item.price.unit_amount ?? 0);
  const quantity = item.quantity ?? 1;
  const amount = unit * quantity;
  const line: Stripe.InvoiceLineItem = {
    id: newId('il'),
    object: 'line_item',
    amount,
    currency: owner.currency,
    description: free ? 'Trial period' : `${quantity} × ${item.price.nickname ?? 'Subscription'}`,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice,
    livemode: false,
    metadata: { ...owner.metadata },
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        proration_details: { credited_items: null },
        subscription: owner.id,
        subscription_item: item.id,
      },
      type: 'subscription_item_details',
    },
    period: { start: item.current_period_start, end: item.current_period_end },
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: item.price.id, product: idOf(item.price.product) ?? '' },
      type: 'price_details',
      unit_amount_decimal: toDecimal(unit),
    },
    quantity,
    quantity_decimal: toDecimal(quantity),
    subscription: owner.id,
    subtotal: amount,
    taxes: [],
  };
  return line;
}

function makePayment(invoice: Stripe.Invoice, intent: Stripe.PaymentIntent): Stripe.InvoicePayment {
  return {
    id: newId('inpay'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: intent.created,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent.id, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  };
}

function makeInvoice(given: {
  id: string;
  subscription: Stripe.Subscription;
  customer: Stripe.Customer;
  reason: Reason;
  former: { start: number; end: number };
  now: number;
  lines: Stripe.InvoiceLineItem[];
  subtotal: number;
  total: number;
}): Stripe.Invoice {
  const { id, subscription, customer, reason, former, now, lines, subtotal, total } = given;
  return {
    id,
    object: 'invoice',
    account_country: 'US',
    account_name: 'Emulated account',
    account_tax_ids: null,
    amount_due: total,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: total,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: now + hour,
    billing_reason: reason,
    collection_method: 'charge_automatically',
    created: now,
    currency: subscription.currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: null,
    ending_balance: 0,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: { object: 'list', data: lines, has_more: false, url: `/v1/invoices/${id}/lines` },
    livemode: false,
    metadata: {},
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: { ...subscription.metadata }, subscription: subscription.id },
      type: 'subscription_details',
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: former.end,
    period_start: former.start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal,
    subtotal_excluding_tax: subtotal,
    test_clock: customer.test_clock ?? null,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
  };
}

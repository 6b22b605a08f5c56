import type Stripe from 'stripe';
import { refusals } from '../http/errors.ts';
import { idOf, type World } from '../world.ts';
import { type Decline, findCard } from './cards.ts';
import { makeCard, makeCharge, makeIntent, toPaymentError } from './make-payment.ts';

export type Payments = ReturnType<typeof createPayments>;
export type Attempt = {
  customer: Stripe.Customer | null;
  amount: number;
  currency: string;
  method: Stripe.PaymentMethod;
  /** Whether the person is there. */
  onSession: boolean;
  description: string | null;
  metadata?: Record<string, string>;
  /** A former attempt at the same thing, to go on with. */
  intent?: Stripe.PaymentIntent;
  email?: string | null;
};

/** Cards, and charging them: payment methods, payment intents and charges. */
export function createPayments(options: { world: World; onDisputedCard: (charge: Stripe.Charge) => void }) {
  const { world, onDisputedCard } = options;
  const numbers = new Map<string, string>();

  /** A card of a customer, as the hosted pages make one. */
  function addCard(customer: Stripe.Customer | null, number: string, email: string | null): Stripe.PaymentMethod {
    const method = makeCard(number, email, world.now(customer));
    numbers.set(method.id, number);
    world.insert('payment_method', method);
    if (customer) attach(method, customer);
    return method;
  }

  function attach(method: Stripe.PaymentMethod, customer: Stripe.Customer): void {
    method.customer = customer.id;
    world.emit('payment_method.attached', method);
  }

  /** The id itself, or that of a new card made of one of Stripe's test names, such as `pm_card_visa`. */
  function resolveTestCard(id: string): string {
    const number = testCards[id];
    if (number !== undefined) return addCard(null, number, null).id;
    if (id.startsWith('pm_card_')) throw refusals.noSuch('PaymentMethod', id, 'payment_method');
    return id;
  }

  function charge(attempt: Attempt): { intent: Stripe.PaymentIntent; decline: Decline | null } {
    const { customer, method, onSession } = attempt;
    const card = findCard(numbers.get(method.id) ?? '');
    const decline = (onSession ? card.onSession : card.offSession) ?? null;
    const created = world.now(customer);
    const intent = attempt.intent ?? world.insert('payment_intent', makeIntent(attempt, created));
    if (!attempt.intent) world.emit('payment_intent.created', intent);
    const made = world.insert('charge', makeCharge(attempt, intent, decline, created));
    Object.assign(intent, { payment_method: method.id, latest_charge: made.id });
    if (decline) {
      intent.status = 'requires_payment_method';
      intent.last_payment_error = toPaymentError(decline, made.id, method);
      world.emit('charge.failed', made);
      world.emit('payment_intent.payment_failed', intent);
      return { intent, decline };
    }
    Object.assign(intent, { status: 'succeeded', amount_received: intent.amount, last_payment_error: null });
    world.emit('charge.succeeded', made);
    world.emit('payment_intent.succeeded', intent);
    if (card.disputed) onDisputedCard(made);
    return { intent, decline: null };
  }

  /** A payment that takes days, such as a bank debit: under way, and settled later. */
  function begin(attempt: Attempt): Stripe.PaymentIntent {
    const intent = world.insert('payment_intent', makeIntent(attempt, world.now(attempt.customer)));
    intent.payment_method = attempt.method.id;
    world.emit('payment_intent.created', intent);
    world.change(intent, { status: 'processing' });
    world.emit('payment_intent.processing', intent);
    return intent;
  }

  /** Ends what `begin` began. */
  function finish(intent: Stripe.PaymentIntent, outcome: 'succeeded' | 'failed'): void {
    const customer = world.find('customer', idOf(intent.customer)) ?? null;
    const method = world.get('payment_method', idOf(intent.payment_method) ?? '');
    const decline = outcome === 'failed' ? returnedDebit : null;
    const attempt = {
      customer,
      method,
      onSession: false,
      amount: intent.amount,
      currency: intent.currency,
      description: null,
    };
    const made = world.insert('charge', makeCharge(attempt, intent, decline, world.now(customer)));
    intent.latest_charge = made.id;
    if (decline) {
      intent.status = 'requires_payment_method';
      intent.last_payment_error = toPaymentError(decline, made.id, method);
      world.emit('charge.failed', made);
      world.emit('payment_intent.payment_failed', intent);
      return;
    }
    Object.assign(intent, { status: 'succeeded', amount_received: intent.amount });
    world.emit('charge.succeeded', made);
    world.emit('payment_intent.succeeded', intent);
  }

  /** What a customer's subscription or invoice is charged to. */
  function methodOf(customer: Stripe.Customer, own: Stripe.Subscription['default_payment_method']) {
    const id = idOf(own) ?? idOf(customer.invoice_settings.default_payment_method);
    return world.find('payment_method', id) ?? null;
  }

  return { addCard, attach, resolveTestCard, charge, begin, finish, methodOf };
}

const testCards: Record<string, string> = {
  pm_card_visa: '4242424242424242',
  pm_card_mastercard: '5555555555554444',
  pm_card_amex: '378282246310005',
  pm_card_chargeCustomerFail: '4000000000000341',
  pm_card_visa_chargeDeclined: '4000000000000002',
  pm_card_visa_chargeDeclinedInsufficientFunds: '4000000000009995',
  pm_card_createDispute: '4000000000000259',
};
const returnedDebit: Decline = {
  code: 'payment_method_provider_decline',
  decline_code: 'insufficient_funds',
  message: 'The customer has insufficient funds in their account to cover this payment.',
};

import type Stripe from 'stripe';
import { refusals, refuse } from '../http/errors.ts';
import { isWithin, pageFields, paginate, timeRange } from '../http/lists.ts';
import { integer, mergeMetadata, metadata, oneOf, text } from '../http/parameters.ts';
import { type Route, route } from '../http/routes.ts';
import { money } from '../pages/html.ts';
import { idOf, newId, type World } from '../world.ts';

export type RefundInput = {
  amount?: number;
  charge?: string;
  payment_intent?: string;
  reason?: 'duplicate' | 'fraudulent' | 'requested_by_customer';
  metadata?: Record<string, string> | null;
};

/** Refunds, whole or in part; one can fail days later, and the money is the charge's again. */
export function createRefunds({ world }: { world: World }) {
  function create(input: RefundInput): Stripe.Refund {
    const charge = findCharge(input);
    const left = charge.amount_captured - charge.amount_refunded;
    if (charge.disputed) {
      throw refuse(`Charge ${charge.id} has been charged back; cannot issue a refund.`, { code: 'charge_disputed' });
    }
    if (left === 0 && charge.paid) {
      throw refuse(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' });
    }
    if (!charge.paid) throw refuse('You cannot refund a charge that has not succeeded.', { param: 'charge' });
    const amount = input.amount ?? left;
    if (amount < 1) throw refuse('Invalid positive integer', { code: 'parameter_invalid_integer', param: 'amount' });
    if (amount > left) {
      const shown = (value: number) => money(value, charge.currency);
      const noun = charge.amount_refunded > 0 ? 'unrefunded amount on charge' : 'charge amount';
      throw refuse(`Refund amount (${shown(amount)}) is greater than ${noun} (${shown(left)})`, { param: 'amount' });
    }
    const refund = makeRefund(charge, amount, input, world.now(world.find('customer', idOf(charge.customer))));
    world.insert('refund', refund);
    setRefunded(charge, charge.amount_refunded + amount, 'charge.refunded');
    world.emit('refund.created', refund);
    return refund;
  }

  function findCharge({ charge, payment_intent: intent }: RefundInput): Stripe.Charge {
    if (charge && intent) throw refusals.onlyOne('payment_intent', 'charge');
    if (charge) return world.get('charge', charge, 'charge');
    if (!intent)
      throw refuse('One of the following params should be provided for this request: payment_intent or charge.');
    const latest = idOf(world.get('payment_intent', intent, 'payment_intent').latest_charge);
    if (latest) return world.get('charge', latest);
    throw refuse(`This PaymentIntent (${intent}) does not have a successful charge to refund.`, {
      param: 'payment_intent',
    });
  }

  function setRefunded(charge: Stripe.Charge, amount: number, type: 'charge.refunded' | 'charge.updated'): void {
    world.change(charge, { amount_refunded: amount, refunded: amount === charge.amount_captured }, type);
  }

  /** The bank sends the money back: what was refunded no longer is. */
  function fail(id: string): Stripe.Refund {
    const refund = world.get('refund', id);
    const charge = world.get('charge', idOf(refund.charge) ?? '');
    const patch = { status: 'failed', failure_reason: 'expired_or_canceled_card' };
    world.change(refund, patch, 'refund.updated');
    world.emit('refund.failed', refund);
    setRefunded(charge, charge.amount_refunded - refund.amount, 'charge.updated');
    return refund;
  }

  const routes: Route[] = [
    route(
      'POST /v1/refunds',
      {
        amount: integer({ min: 1 }),
        charge: text(),
        payment_intent: text(),
        reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
        metadata,
      },
      create,
    ),
    route('GET /v1/refunds', { ...pageFields, created: timeRange, charge: text(), payment_intent: text() }, (input) => {
      const { charge, payment_intent: intent } = input;
      const found = world.list('refund').filter((refund) => {
        const isOfIt = charge === undefined || refund.charge === charge;
        return (
          isOfIt &&
          (intent === undefined || refund.payment_intent === intent) &&
          isWithin(input.created, refund.created)
        );
      });
      return paginate('/v1/refunds', 'refund', found, input);
    }),
    route('GET /v1/refunds/:id', {}, (_, { id = '' }) => world.get('refund', id)),
    route('POST /v1/refunds/:id', { metadata }, (input, { id = '' }) => {
      const refund = world.get('refund', id);
      world.change(refund, { metadata: mergeMetadata(refund.metadata ?? {}, input.metadata) }, 'refund.updated');
      return refund;
    }),
  ];

  return { routes, create, fail };
}

function makeRefund(charge: Stripe.Charge, amount: number, input: RefundInput, created: number): Stripe.Refund {
  return {
    id: newId('re'),
    object: 'refund',
    amount,
    balance_transaction: newId('txn'),
    charge: charge.id,
    created,
    currency: charge.currency,
    customer: idOf(charge.customer),
    customer_account: null,
    destination_details: {
      type: 'card',
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
    },
    metadata: mergeMetadata({}, input.metadata),
    payment_intent: idOf(charge.payment_intent),
    payment_method: charge.payment_method,
    reason: input.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  };
}

import type Stripe from 'stripe';
import { day } from '../billing/periods.ts';
import { refuse } from '../http/errors.ts';
import { isWithin, pageFields, paginate, timeRange } from '../http/lists.ts';
import { flag, mergeMetadata, metadata, object, text } from '../http/parameters.ts';
import { type Route, route } from '../http/routes.ts';
import { idOf, newId, type World } from '../world.ts';

/** Disputes: opened by a card's holder, answered with evidence, won or lost. */
export function createDisputes({ world }: { world: World }) {
  function open(charge: Stripe.Charge, reason = 'fraudulent'): Stripe.Dispute {
    if (charge.disputed) throw new Error(`Charge ${charge.id} is disputed already.`);
    const dispute = makeDispute(charge, reason, world.now(world.find('customer', idOf(charge.customer))));
    world.insert('dispute', dispute);
    charge.disputed = true;
    world.emit('charge.dispute.created', dispute);
    world.emit('charge.dispute.funds_withdrawn', dispute);
    return dispute;
  }

  function close(id: string, outcome: 'won' | 'lost'): Stripe.Dispute {
    const dispute = world.get('dispute', id);
    if (isClosed(dispute)) throw refuse(`This dispute is already closed`);
    world.change(dispute, { status: outcome });
    world.emit('charge.dispute.closed', dispute);
    if (outcome === 'won') world.emit('charge.dispute.funds_reinstated', dispute);
    return dispute;
  }

  /** Evidence is judged at once when it is one of Stripe's two test texts. */
  function update(dispute: Stripe.Dispute, input: UpdateInput): Stripe.Dispute {
    if (isClosed(dispute)) throw refuse('This dispute is already closed');
    const words = input.evidence?.uncategorized_text;
    dispute.metadata = mergeMetadata(dispute.metadata, input.metadata);
    if (words !== undefined) {
      dispute.evidence = { ...dispute.evidence, uncategorized_text: words };
      dispute.evidence_details = { ...dispute.evidence_details, has_evidence: true };
    }
    if (input.submit === false) return dispute;
    dispute.evidence_details = { ...dispute.evidence_details, submission_count: 1, submission_method: 'manual' };
    world.change(dispute, { status: 'under_review' }, 'charge.dispute.updated');
    if (words === 'winning_evidence') return close(dispute.id, 'won');
    return words === 'losing_evidence' ? close(dispute.id, 'lost') : dispute;
  }

  const routes: Route[] = [
    route(
      'GET /v1/disputes',
      { ...pageFields, created: timeRange, charge: text(), payment_intent: text() },
      (input) => {
        const found = world.list('dispute').filter((dispute) => {
          const isOfIt = input.charge === undefined || dispute.charge === input.charge;
          const isBy = input.payment_intent === undefined || dispute.payment_intent === input.payment_intent;
          return isOfIt && isBy && isWithin(input.created, dispute.created);
        });
        return paginate('/v1/disputes', 'dispute', found, input);
      },
    ),
    route('GET /v1/disputes/:id', {}, (_, { id = '' }) => world.get('dispute', id)),
    route(
      'POST /v1/disputes/:id',
      { evidence: object({ uncategorized_text: text(20_000) }), metadata, submit: flag },
      (input, { id = '' }) => update(world.get('dispute', id), input),
    ),
    route('POST /v1/disputes/:id/close', {}, (_, { id = '' }) => close(id, 'lost')),
  ];

  return { routes, open, close };
}

type UpdateInput = {
  evidence?: { uncategorized_text?: string };
  metadata?: Record<string, string> | null;
  submit?: boolean;
};

function isClosed({ status }: Stripe.Dispute): boolean {
  return status === 'won' || status === 'lost';
}

function makeDispute(charge: Stripe.Charge, reason: string, created: number): Stripe.Dispute {
  return {
    id: newId('du'),
    object: 'dispute',
    amount: charge.amount,
    balance_transactions: [],
    charge: charge.id,
    created,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: blankEvidence(),
    evidence_details: {
      due_by: created + 7 * day,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: 'prefer_manual',
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: idOf(charge.payment_intent),
    reason,
    status: 'needs_response',
  };
}

function blankEvidence(): Stripe.Dispute.Evidence {
  return {
    access_activity_log: null,
    billing_address: null,
    cancellation_policy: null,
    cancellation_policy_disclosure: null,
    cancellation_rebuttal: null,
    customer_communication: null,
    customer_email_address: null,
    customer_name: null,
    customer_purchase_ip: null,
    customer_signature: null,
    duplicate_charge_documentation: null,
    duplicate_charge_explanation: null,
    duplicate_charge_id: null,
    enhanced_evidence: {},
    product_description: null,
    receipt: null,
    refund_policy: null,
    refund_policy_disclosure: null,
    refund_refusal_explanation: null,
    service_date: null,
    service_documentation: null,
    shipping_address: null,
    shipping_carrier: null,
    shipping_date: null,
    shipping_documentation: null,
    shipping_tracking_number: null,
    uncategorized_file: null,
    uncategorized_text: null,
  };
}

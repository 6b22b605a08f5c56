import Stripe from 'stripe';
import type { Clock } from '../../clock.ts';
import { AppError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { NewCheckout, PaymentEvent, Payments } from '../payments.ts';
import { ask, askEach, createStripeClient, isMissing } from './client.ts';
import {
  idOf,
  isAgainstUs,
  type Reversals,
  readCheckout,
  readEventObject,
  readPurchase,
  readSubscription,
} from './read.ts';

export type StripeSettings = {
  secretKey: string;
  /** More than one while a secret is rotated: an event signed by any of them is accepted. */
  webhookSecrets: readonly string[];
  apiUrl: string;
  automaticTax: boolean;
};

/** How old a signature may be, seconds. */
const toleranceSeconds = 300;

/** Stripe as the payments port. */
export function createStripePayments({
  settings,
  clock,
  log,
}: {
  settings: StripeSettings;
  clock: Clock;
  log: Log;
}): Payments {
  const stripe = createStripeClient(settings);
  const none: Reversals = new Map();

  async function createCustomer(given: { accountId: string; email: string; previous: string | null }): Promise<string> {
    const { accountId, email, previous } = given;
    const idempotencyKey = `easel-customer-${accountId}-${previous ?? 'first'}`;
    const fields = { email, metadata: { account: accountId } };
    return (await ask(log, () => stripe.customers.create(fields, { idempotencyKey }))).id;
  }

  async function createCheckout(given: NewCheckout): Promise<{ id: string; url: string; expiresAt: Date }> {
    const session = await ask(log, () =>
      stripe.checkout.sessions
        .create(describeCheckout(given, settings), { idempotencyKey: given.key })
        .catch((error) => {
          if (!isMissing(error)) throw error;
          log.error(
            { price: given.priceId, item: given.item.slug },
            'Stripe has no such price: correct it in the panel',
          );
          throw new AppError('price_missing', {}, { cause: error });
        }),
    );
    return { id: session.id, url: session.url ?? '', expiresAt: new Date(session.expires_at * 1000) };
  }

  async function expireCheckout(id: string): Promise<boolean> {
    return ask(log, () =>
      stripe.checkout.sessions.expire(id).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Stripe.errors.StripeInvalidRequestError) return false;
          throw error;
        },
      ),
    );
  }

  async function createPortal({ customerId, returnUrl }: { customerId: string; returnUrl: string }): Promise<string> {
    const wanted = { customer: customerId, return_url: returnUrl };
    return (await ask(log, () => stripe.billingPortal.sessions.create(wanted))).url;
  }

  async function findPrice(priceId: string) {
    const price = await ask(log, () => stripe.prices.retrieve(priceId).catch(orNull));
    if (!price?.active) return null;
    const { currency, recurring } = price;
    return {
      amount: price.unit_amount ?? 0,
      currency,
      recurring: recurring && { interval: recurring.interval, count: recurring.interval_count },
    };
  }

  async function fetchStanding(customer: string) {
    return ask(log, async () => {
      const wanted = { customer, status: 'all' as const, limit: 100, expand: ['data.latest_invoice.payments'] };
      // All at once, since each takes Stripe a while; what they say is of no worth when the customer is gone.
      const asked = Promise.all([
        fetchReversals(customer),
        stripe.subscriptions.list(wanted).autoPagingToArray({ limit: most }),
        stripe.checkout.sessions.list({ customer, limit: 100 }).autoPagingToArray({ limit: most }),
      ]);
      asked.catch(() => {});
      const known = await stripe.customers.retrieve(customer).catch(orNull);
      if (!known || known.deleted) return null;
      const [reversals, found, sessions] = await asked;
      const subscriptions = await Promise.all(
        found.map(async (each) => readSubscription(each, reversals, await findUnpaidSince(each))),
      );
      return {
        subscriptions: subscriptions.filter((each) => each !== null),
        purchases: sessions.flatMap((each) => readPurchase(each, reversals) ?? []),
        checkouts: sessions.map(readCheckout),
      };
    });
  }

  /** When the oldest bill was made that is still to be paid. */
  async function findUnpaidSince({ id, status }: Stripe.Subscription): Promise<number | null> {
    if (status !== 'past_due') return null;
    const open = await stripe.invoices
      .list({ subscription: id, status: 'open', limit: 100 })
      .autoPagingToArray({ limit: most });
    return open.length ? Math.min(...open.map(({ created }) => created)) : null;
  }

  async function fetchReversals(customer: string): Promise<Reversals> {
    const reversals = new Map<string, { refunded: number; whole: boolean; disputed: boolean }>();
    for await (const charge of stripe.charges.list({ customer, limit: 100 })) {
      const intent = idOf(charge.payment_intent);
      if (!intent || (!charge.amount_refunded && !charge.disputed)) continue;
      const disputes = charge.disputed
        ? await stripe.disputes.list({ charge: charge.id }).autoPagingToArray({ limit: 100 })
        : [];
      reversals.set(intent, {
        refunded: charge.amount_refunded,
        whole: charge.refunded,
        disputed: disputes.some(isAgainstUs),
      });
    }
    return reversals;
  }

  function readEvent(rawBody: Buffer, signature: string): PaymentEvent {
    let refusal: unknown;
    for (const secret of settings.webhookSecrets) {
      try {
        const now = clock().getTime();
        return readEventObject(
          stripe.webhooks.constructEvent(rawBody, signature, secret, toleranceSeconds, undefined, now),
        );
      } catch (error) {
        // Of two secrets only one can fit, and what it says of the event is the reason.
        if (!refusal || isTooOld(error) || !(error instanceof Stripe.errors.StripeSignatureVerificationError))
          refusal = error;
      }
    }
    throw new AppError('event_refused', { reason: explainRefusal(refusal) }, { cause: refusal });
  }

  async function findCustomerOf(eventId: string): Promise<string | null> {
    return ask(log, async () => {
      const event = await stripe.events.retrieve(eventId).catch(orNull);
      if (!event) return null;
      // Disputes and refunds name the charge; the charge names the customer.
      const { charge } = event.data.object as { charge?: string | { id: string } | null };
      const chargeId = idOf(charge);
      const found = chargeId ? await stripe.charges.retrieve(chargeId).catch(orNull) : null;
      return idOf(found?.customer);
    });
  }

  async function* listEvents(since: Date): AsyncIterable<PaymentEvent> {
    const wanted = { created: { gte: Math.floor(since.getTime() / 1000) }, limit: 100 };
    for await (const event of askEach(log, stripe.events.list(wanted))) yield readEventObject(event);
  }

  async function* listSubscriptions() {
    const wanted = { status: 'all' as const, limit: 100, expand: ['data.latest_invoice'] };
    for await (const each of askEach(log, stripe.subscriptions.list(wanted))) {
      const read = readSubscription(each, none);
      if (read) yield read;
    }
  }

  return {
    createCustomer,
    createCheckout,
    expireCheckout,
    createPortal,
    findPrice,
    fetchStanding,
    readEvent,
    findCustomerOf,
    listEvents,
    listSubscriptions,
  };
}

/** More subscriptions or checkouts than a person ever has. */
const most = 1_000;

function orNull(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}

function describeCheckout(
  { customerId, accountId, priceId, item, successUrl, cancelUrl }: NewCheckout,
  { automaticTax }: StripeSettings,
): Stripe.Checkout.SessionCreateParams {
  const common = {
    customer: customerId,
    client_reference_id: accountId,
    line_items: [{ price: priceId, quantity: 1 }],
    success_url: successUrl,
    cancel_url: cancelUrl,
    allow_promotion_codes: true,
    ...(automaticTax ? { automatic_tax: { enabled: true }, customer_update: { address: 'auto' as const } } : {}),
  };
  if (item.kind === 'plan')
    return {
      ...common,
      mode: 'subscription',
      subscription_data: { metadata: { account: accountId, plan: item.slug } },
    };
  return { ...common, mode: 'payment', metadata: { account: accountId, pack: item.slug, images: String(item.images) } };
}

function explainRefusal(error: unknown): string {
  if (!error) return 'no secret is set';
  if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) return 'no event';
  return isTooOld(error) ? 'too old' : 'signature';
}

const isTooOld = (error: unknown): boolean => /tolerance/i.test((error as Error).message);

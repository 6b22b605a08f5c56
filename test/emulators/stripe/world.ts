import { randomBytes } from 'node:crypto';
import type Stripe from 'stripe';
import { refusals } from './http/errors.ts';

/** Every kind of object that is kept, by the name of its `object` field. */
export type Kinds = {
  customer: Stripe.Customer;
  product: Stripe.Product;
  price: Stripe.Price;
  coupon: Stripe.Coupon;
  promotion_code: Stripe.PromotionCode;
  discount: Stripe.Discount;
  payment_method: Stripe.PaymentMethod;
  payment_intent: Stripe.PaymentIntent;
  charge: Stripe.Charge;
  refund: Stripe.Refund;
  dispute: Stripe.Dispute;
  invoice: Stripe.Invoice;
  invoice_payment: Stripe.InvoicePayment;
  subscription: Stripe.Subscription;
  'checkout.session': Stripe.Checkout.Session;
  'billing_portal.session': Stripe.BillingPortal.Session;
  'test_helpers.test_clock': Stripe.TestHelpers.TestClock;
  event: Stripe.Event;
};
export type Kind = keyof Kinds;
export type Anything = Kinds[Kind];
export type EventType = Stripe.Event['type'];
export type RequestOfEvent = { id: string; idempotency_key: string | null };

export type World = ReturnType<typeof createWorld>;

const words: Partial<Record<Kind, string>> = { payment_intent: 'payment_intent', payment_method: 'PaymentMethod' };

/** All that the emulated account holds, the time it believes in, and the events it makes. */
export function createWorld(options: {
  /** Milliseconds since 1970. */
  clock: () => number;
  apiVersion: string;
  onEvent: (event: Stripe.Event) => void;
}) {
  const { clock, apiVersion, onEvent } = options;
  const tables = new Map<Kind, Map<string, Anything>>();
  const byId = new Map<string, Anything>();
  const removed = new Set<string>();
  let skippedSeconds = 0;
  let request: RequestOfEvent | null = null;

  function table<K extends Kind>(kind: K): Map<string, Kinds[K]> {
    const found = tables.get(kind) ?? new Map<string, Anything>();
    tables.set(kind, found);
    // Why: each table is only ever filled with its own kind, by `insert`.
    return found as Map<string, Kinds[K]>;
  }

  /** Seconds since 1970, as the account sees it; a customer on a test clock lives in its time. */
  function now(customer?: Stripe.Customer | null): number {
    const testClock = customer?.test_clock;
    const frozen = typeof testClock === 'string' ? table('test_helpers.test_clock').get(testClock) : undefined;
    return frozen?.frozen_time ?? Math.floor(clock() / 1000) + skippedSeconds;
  }

  function insert<K extends Kind>(kind: K, object: Kinds[K]): Kinds[K] {
    table(kind).set(object.id, object);
    byId.set(object.id, object);
    return object;
  }

  /** The object that a parameter (or, without one, the address) names; refuses when there is none. */
  function get<K extends Kind>(kind: K, id: string, param?: string): Kinds[K] {
    const found = table(kind).get(id);
    if (!found) throw refusals.noSuch(words[kind] ?? kind.replace(/^.*\./, '').replace('_', ' '), id, param);
    return found;
  }

  function emit(type: EventType, object: object, previous?: Record<string, unknown>): void {
    const data = { object: structuredClone(object), ...(previous && { previous_attributes: previous }) };
    const event = {
      id: newId('evt'),
      object: 'event',
      api_version: apiVersion,
      created: now(),
      data,
      livemode: false,
      pending_webhooks: 0,
      request: request ?? { id: null, idempotency_key: null },
      type,
      // Why: the union of all events can't be met by a type that is known only at run time.
    } as unknown as Stripe.Event;
    insert('event', event);
    onEvent(event);
  }

  /** Changes an object in place, and tells of it when anything is different. */
  function change<T extends Anything>(object: T, patch: Partial<T>, type?: EventType): void {
    const previous: Record<string, unknown> = {};
    for (const key of Object.keys(patch) as (keyof T & string)[]) {
      if (JSON.stringify(object[key]) !== JSON.stringify(patch[key])) previous[key] = structuredClone(object[key]);
    }
    Object.assign(object, patch);
    if (type && Object.keys(previous).length > 0) emit(type, object, previous);
  }

  return {
    now,
    insert,
    emit,
    change,
    find: <K extends Kind>(kind: K, id: string | null | undefined): Kinds[K] | undefined =>
      id ? table(kind).get(id) : undefined,
    get,
    findAny: (id: string): Anything | undefined => byId.get(id),
    /** Oldest first, without a copy. */
    each: <K extends Kind>(kind: K): Iterable<Kinds[K]> => table(kind).values(),
    /** Newest first. */
    list: <K extends Kind>(kind: K): Kinds[K][] => [...table(kind).values()].reverse(),
    remove(kind: Kind, id: string): void {
      table(kind).delete(id);
      byId.delete(id);
      removed.add(id);
    },
    wasRemoved: (id: string): boolean => removed.has(id),
    /** A list may be asked for by the id of a customer who was deleted, but not of one who never was. */
    checkOwner(id: string | undefined): void {
      if (id !== undefined && !removed.has(id)) get('customer', id, 'customer');
    },
    /** Moves the time of everyone who is on no test clock. */
    skip(seconds: number): void {
      skippedSeconds += seconds;
    },
    /** Events made meanwhile say that this request made them. */
    during<T>(made: RequestOfEvent, work: () => T): T {
      request = made;
      try {
        return work();
      } finally {
        request = null;
      }
    },
  };
}

/** `cus_` and random letters, as long as Stripe's. */
export function newId(prefix: string, length = 24): string {
  return `${prefix}_${randomLetters(length)}`;
}

export function randomLetters(length: number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return [...randomBytes(length)].map((byte) => letters[byte % letters.length]).join('');
}

/** The id of what may have been expanded. */
export function idOf(reference: string | { id: string } | null | undefined): string | null {
  if (reference === null || reference === undefined) return null;
  return typeof reference === 'string' ? reference : reference.id;
}

/** The payments port: what billing needs of a payment service. Nothing here knows which one it is. */

/** A subscription as the service describes it now. Amounts are in the currency's smallest unit. */
export type FetchedSubscription = {
  id: string;
  customerId: string;
  priceId: string;
  /** The plan named when it was bought, for prices that no plan has any more. */
  boughtPlan: string | null;
  status: string;
  amount: number;
  currency: string;
  interval: string;
  currentPeriodEnd: Date | null;
  /** When it ends by itself, if it was cancelled. */
  cancelAt: Date | null;
  /** Since when a renewal is unpaid. */
  pastDueSince: Date | null;
  /** Nothing is collected and this period was not paid. */
  collectionPaused: boolean;
  /** What became of the latest payment, if it was taken back. */
  paymentReversed: 'refunded' | 'disputed' | null;
  createdAt: Date;
  endedAt: Date | null;
};

/** A pack that was paid. */
export type FetchedPurchase = {
  /** Of the checkout it was bought by. */
  id: string;
  pack: string;
  images: number;
  amount: number;
  currency: string;
  refunded: number;
  disputed: boolean;
  createdAt: Date;
};

export type FetchedCheckout = { id: string; state: 'open' | 'complete' | 'expired'; paid: boolean };

/** All that the service knows of a customer. */
export type Standing = {
  subscriptions: readonly FetchedSubscription[];
  purchases: readonly FetchedPurchase[];
  checkouts: readonly FetchedCheckout[];
};

/** Something that happened there. `customerId` is null when the event itself does not say whom it is about. */
export type PaymentEvent = { id: string; type: string; customerId: string | null; occurredAt: Date };

export type NewCheckout = {
  customerId: string;
  accountId: string;
  priceId: string;
  item: { kind: 'plan'; slug: string } | { kind: 'pack'; slug: string; images: number };
  /** `{CHECKOUT_SESSION_ID}` in it becomes the checkout's id. */
  successUrl: string;
  cancelUrl: string;
  /** Two requests with the same key make one checkout. */
  key: string;
};

/** In the currency's smallest unit; `recurring` null: paid once, else every `count` of `interval`: day, week, month, year. */
export type Price = { amount: number; currency: string; recurring: { interval: string; count: number } | null };

/**
 * A payment service. Every method throws AppError `payment_unavailable` when it cannot be reached or does not let
 * us in, and nothing was charged then.
 */
export type Payments = {
  /** Makes a customer; asked again for the same account and `previous`, it is the same one. */
  createCustomer(given: { accountId: string; email: string; previous: string | null }): Promise<string>;
  /** Throws AppError `price_missing` when there is no such price. */
  createCheckout(given: NewCheckout): Promise<{ id: string; url: string; expiresAt: Date }>;
  /** Closes a checkout; false when it was closed already, by being paid or by its own end. */
  expireCheckout(id: string): Promise<boolean>;
  /** The page where a customer sees bills, changes the card and cancels. */
  createPortal(given: { customerId: string; returnUrl: string }): Promise<string>;
  /** Null when there is no such price, or it is not for sale. */
  findPrice(priceId: string): Promise<Price | null>;
  /** Null when there is no such customer any more. */
  fetchStanding(customerId: string): Promise<Standing | null>;
  /** Checks that a webhook came from the service. Throws AppError `event_refused`, its value `reason` says why. */
  readEvent(rawBody: Buffer, signature: string): PaymentEvent;
  /** Whom an event is about that does not say so itself. */
  findCustomerOf(eventId: string): Promise<string | null>;
  /** Everything that happened since, newest first. */
  listEvents(since: Date): AsyncIterable<PaymentEvent>;
  /** Every subscription there is, ended ones too. */
  listSubscriptions(): AsyncIterable<FetchedSubscription>;
};

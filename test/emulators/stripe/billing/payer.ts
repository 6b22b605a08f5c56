import type Stripe from 'stripe';

/** What a person types at the checkout page. */
export type Payer = {
  email?: string;
  card?: string;
  promotionCode?: string;
  /** Two letters; asked for when tax or a billing address is. */
  country?: string;
};

/** Whether the page asks where the payer is. */
export function asksCountry(session: Stripe.Checkout.Session): boolean {
  return session.automatic_tax.enabled || session.billing_address_collection === 'required';
}

export function makeAddress(country: string): Stripe.Address {
  return { city: null, country, line1: null, line2: null, postal_code: null, state: null };
}

/** Stripe's words for a session that can't be paid any more. */
export function closedMessage(session: Stripe.Checkout.Session): string {
  return session.status === 'complete'
    ? "You're all done here. You've either completed your payment or this checkout session has timed out."
    : 'This Checkout Session has timed out. Please go back and try again.';
}

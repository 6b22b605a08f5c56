/** Why a card was refused, in the words of https://docs.stripe.com/declines/codes. */
export type Decline = { code: string; decline_code: string; message: string };
type Behaviour = {
  brand: 'visa' | 'mastercard' | 'amex';
  /** Refused while the person is there. */
  onSession?: Decline;
  /** Refused when charged later, without them. */
  offSession?: Decline;
  /** Charged, and disputed by its holder at once. */
  disputed?: true;
};

const declines = {
  generic: { code: 'card_declined', decline_code: 'generic_decline', message: 'Your card was declined.' },
  funds: { code: 'card_declined', decline_code: 'insufficient_funds', message: 'Your card has insufficient funds.' },
  lost: { code: 'card_declined', decline_code: 'lost_card', message: 'Your card was declined.' },
  expired: { code: 'expired_card', decline_code: 'expired_card', message: 'Your card has expired.' },
  cvc: { code: 'incorrect_cvc', decline_code: 'incorrect_cvc', message: "Your card's security code is incorrect." },
  processing: {
    code: 'processing_error',
    decline_code: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
  },
} satisfies Record<string, Decline>;
const unknownCard: Decline = {
  code: 'incorrect_number',
  decline_code: 'incorrect_number',
  message: 'Your card number is incorrect.',
};
/** A real number in test mode. */
const realCard: Decline = {
  code: 'card_declined',
  decline_code: 'test_mode_live_card',
  message:
    'Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of valid test cards, visit: https://stripe.com/docs/testing.',
};

/**
 * The test cards of https://docs.stripe.com/testing. One liberty is taken with 4000000000000341, which Stripe
 * refuses at every charge: here the first one, made by a person at the hosted page, goes through, so that a
 * subscription can begin and fail at its renewal.
 */
const cards: Record<string, Behaviour> = {
  '4242424242424242': { brand: 'visa' },
  '5555555555554444': { brand: 'mastercard' },
  '378282246310005': { brand: 'amex' },
  '4000000000000341': { brand: 'visa', offSession: declines.generic },
  '4000000000000002': { brand: 'visa', onSession: declines.generic, offSession: declines.generic },
  '4000000000009995': { brand: 'visa', onSession: declines.funds, offSession: declines.funds },
  '4000000000009987': { brand: 'visa', onSession: declines.lost, offSession: declines.lost },
  '4000000000000069': { brand: 'visa', onSession: declines.expired, offSession: declines.expired },
  '4000000000000127': { brand: 'visa', onSession: declines.cvc, offSession: declines.cvc },
  '4000000000000119': { brand: 'visa', onSession: declines.processing, offSession: declines.processing },
  '4000000000000259': { brand: 'visa', disputed: true },
};

/** What a number does; one that is no test card is refused as Stripe refuses it. */
export function findCard(number: string): Behaviour {
  const digits = number.replace(/\D/g, '');
  const refusal = isLuhn(digits) ? realCard : unknownCard;
  return cards[digits] ?? { brand: 'visa', onSession: refusal, offSession: refusal };
}

function isLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = index % 2 === 1 ? Number(digit) * 2 : Number(digit);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return digits.length >= 12 && sum % 10 === 0;
}

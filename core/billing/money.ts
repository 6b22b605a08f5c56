/** Of how many digits Stripe's smallest unit is, where it is not two; Intl follows another list. */
const digits: Record<string, number> = {
  ...Object.fromEntries(
    'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' ').map((each) => [each, 0]),
  ),
  ...Object.fromEntries('bhd jod kwd omr tnd'.split(' ').map((each) => [each, 3])),
};

/** `$9.00`, `9,00 €`, `¥900`, as the language writes it. `amount` is in the currency's smallest unit, as Stripe counts it. */
export function formatMoney(locale: string, { amount, currency }: { amount: number; currency: string }): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  return format.format(toMajor(amount, currency));
}

/** An amount in the currency's smallest unit in whole ones: 900 cents are 9 dollars. */
export const toMajor = (amount: number, currency: string): number =>
  amount / 10 ** (digits[currency.toLowerCase()] ?? 2);

import { expect, test } from 'vitest';
import { formatMoney } from './money.ts';

test.each([
  ['en', 900, 'usd', '$9.00'],
  ['es', 123456, 'eur', '1234,56 €'],
  ['en', 900, 'jpy', '¥900'],
  ['en', 500000, 'isk', 'ISK 5,000'],
  ['en', 1500, 'mga', 'MGA 1,500'],
  ['en', 12345, 'kwd', 'KWD 12.345'],
])('%s writes %i of %s as money', (locale, amount, currency, written) => {
  expect(formatMoney(locale, { amount, currency }).replaceAll(/\s/g, ' ')).toBe(written);
});

import { toMajor } from '../billing/money.ts';
import type { Reads, Span } from './figures.ts';

/** Amounts are in whole units of the currency: dollars, not cents. */
export type Recurring = { currency: string; active: number; monthly: number };
export type Sale = { day: string; currency: string; purchases: number; amount: number };

/** What comes in: subscriptions as they stand now, and packs sold on each day, less what was given back. */
export async function readMoney({ database }: Reads, { from }: Span) {
  const [subscriptions, [trouble], sales] = await Promise.all([
    database.run<Recurring>(readSubscriptions, []),
    database.run<{ unpaid: number; ending: number }>(readTrouble, []),
    database.run<Sale>(readSales, [from]),
  ]);
  return {
    recurring: subscriptions.map((each) => ({ ...each, monthly: toMajor(each.monthly, each.currency) })),
    /** Subscriptions whose renewal is unpaid, and paid ones that were cancelled and end by themselves. */
    unpaid: trouble?.unpaid ?? 0,
    ending: trouble?.ending ?? 0,
    sales: sales.map((each) => ({ ...each, amount: toMajor(each.amount, each.currency) })),
  };
}

/** What a paid period comes to in a month. Nothing comes of trials, paused ones and what was taken back. */
const readSubscriptions = {
  name: 'figures_subscriptions',
  text: `
    SELECT currency, count(*)::int AS active, sum(amount * CASE interval
      WHEN 'day' THEN 365.25 / 12 WHEN 'week' THEN 365.25 / 84 WHEN 'year' THEN 1.0 / 12 ELSE 1 END)::float8 AS monthly
    FROM subscriptions WHERE status = 'active' AND NOT collection_paused AND payment_reversed IS NULL
    GROUP BY currency ORDER BY active DESC, currency`,
};

const readTrouble = {
  name: 'figures_unpaid',
  text: `SELECT count(*) FILTER (WHERE status IN ('past_due', 'unpaid'))::int AS unpaid,
      count(*) FILTER (WHERE status = 'active' AND cancel_at IS NOT NULL)::int AS ending
    FROM subscriptions WHERE status IN ('active', 'past_due', 'unpaid')`,
};

const readSales = {
  name: 'figures_sales',
  text: `
    SELECT (created_at AT TIME ZONE 'UTC')::date::text AS day, currency, count(*)::int AS purchases,
      sum(amount - refunded)::float8 AS amount
    FROM purchases WHERE created_at >= ($1::date)::timestamp AT TIME ZONE 'UTC' GROUP BY 1, 2 ORDER BY 1, 2`,
};

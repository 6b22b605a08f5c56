import type Stripe from 'stripe';

export const hour = 3600;
export const day = 24 * hour;

/**
 * When the period that starts at `start` ends, in seconds. Months keep the day of the anchor where they have it,
 * and its time of day: an anchor on the 31st bills on February's last day and on March's 31st.
 */
export function endOfPeriod(start: number, anchor: number, recurring: Stripe.Price.Recurring | null): number {
  const { interval = 'month', interval_count: count = 1 } = recurring ?? {};
  if (interval === 'day') return start + count * day;
  if (interval === 'week') return start + count * 7 * day;
  return addMonths(start, interval === 'year' ? count * 12 : count, new Date(anchor * 1000).getUTCDate());
}

function addMonths(start: number, months: number, anchorDay: number): number {
  const end = new Date(start * 1000);
  end.setUTCDate(1);
  end.setUTCMonth(end.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(anchorDay, lastDay));
  return Math.floor(end.getTime() / 1000);
}

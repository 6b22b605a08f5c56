import type { Database } from '../database/database.ts';
import { type Limits, nothingOffered, type Offers } from './decision.ts';

/** How long what is on sale is remembered, ms. */
const memoryMs = 10_000;

/** Whether anything can be bought, and the price of premium that stands for its row's own. */
type Selling = { on: false } | { on: true; premiumPrice: string | null };

/**
 * What can be bought now: plans and packs that have a price. Asked by refusals, which can be many, so it is
 * remembered for a while; when it can't be read, nothing is named.
 */
export function createOffers({
  database,
  stripe,
}: {
  database: Pick<Database, 'run'>;
  stripe: Selling;
}): () => Promise<Offers> {
  let known: Promise<Offers> = Promise.resolve(nothingOffered);
  let readAt = -Infinity;

  async function read(): Promise<Offers> {
    const rows = await database.run<Pick<Limits, 'perDay' | 'perMonth'> & { isPlan: boolean }>(readOnSale, [
      stripe.on && stripe.premiumPrice !== null,
    ]);
    return { plans: rows.filter(({ isPlan }) => isPlan), topUp: rows.some(({ isPlan }) => !isPlan) };
  }

  return () => {
    if (stripe.on && performance.now() - readAt > memoryMs) {
      readAt = performance.now();
      known = read().catch(() => nothingOffered);
    }
    return known;
  };
}

const readOnSale = {
  name: 'quota_offers',
  text: `
    SELECT true AS "isPlan", per_day AS "perDay", per_month AS "perMonth" FROM plans
      WHERE stripe_price_id IS NOT NULL OR ($1 AND slug = 'premium')
    UNION ALL SELECT false, images, NULL FROM packs WHERE stripe_price_id IS NOT NULL`,
};

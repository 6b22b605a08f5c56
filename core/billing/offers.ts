import type { Pack, Plan } from '@prisma/client';
import { LRUCache } from 'lru-cache';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import { excerpt } from '../words/excerpt.ts';
import type { FetchedSubscription, Payments, Price } from './payments.ts';

/** Something on sale. */
export type Offer = { slug: string; name: string; priceId: string } & (
  | { kind: 'plan'; plan: Plan }
  | { kind: 'pack'; images: number }
);
export type PricedOffer = Offer & { price: Price };

/** Plans and packs as they are now. */
export type Catalogue = {
  offers: readonly Offer[];
  /** The plan that a subscription's price buys; null when no plan has it. */
  planOf(subscription: Pick<FetchedSubscription, 'priceId' | 'boughtPlan'>): string | null;
  /** A plan's or a pack's name; a slug that is gone names itself. */
  nameOf(slug: string): string;
};

export type Offers = ReturnType<typeof createOffers>;

/** Prices change seldom, and the page to pay on says them again. */
const rememberMs = 10 * 60_000;

/**
 * What can be bought: plans and packs whose rows name a price.
 * @param premiumPrice STRIPE_PRICE_PREMIUM, for as long as the row of the plan `premium` names none
 */
export function createOffers({
  database,
  payments,
  premiumPrice,
}: {
  database: Pick<Database, 'prisma'>;
  payments: Pick<Payments, 'findPrice'>;
  premiumPrice: string | null;
}) {
  const prices = new LRUCache<string, { price: Price | null }>({ max: 100, ttl: rememberMs });

  async function read(): Promise<Catalogue> {
    const [plans, packs] = await Promise.all([
      database.prisma.plan.findMany({ orderBy: { priority: 'asc' } }),
      database.prisma.pack.findMany({ orderBy: { images: 'asc' } }),
    ]);
    const priceOf = (plan: Plan) => plan.stripePriceId ?? (plan.slug === 'premium' ? premiumPrice : null);
    const plansBySlug = new Set(plans.map(({ slug }) => slug));
    const byPrice = new Map(plans.map((plan) => [priceOf(plan), plan.slug]));
    const names = new Map([...plans, ...packs].map(({ slug, name }) => [slug, name]));
    return {
      offers: [
        ...plans.flatMap((plan) => toOffer(plan, priceOf(plan), { kind: 'plan', plan })),
        ...packs.flatMap((pack: Pack) => toOffer(pack, pack.stripePriceId, { kind: 'pack', images: pack.images })),
      ],
      // A price may have been replaced since: those who bought by the old one keep what they bought.
      planOf: ({ priceId, boughtPlan }) =>
        byPrice.get(priceId) ?? (boughtPlan && plansBySlug.has(boughtPlan) ? boughtPlan : null),
      nameOf: (slug) => names.get(slug) ?? slug,
    };
  }

  /** One offer. Throws AppError `not_for_sale`, or `sales_off` when there is none at all. */
  async function find(slug: string): Promise<Offer> {
    const { offers } = await read();
    const found = offers.find((offer) => offer.slug === slug);
    if (found) return found;
    if (!offers.length) throw new AppError('sales_off');
    throw new AppError('not_for_sale', {
      item: excerpt(slug, 32),
      near: offers.map((offer) => offer.slug).join(', '),
    });
  }

  /** All that is on sale, with prices; what has no price, or one of the wrong kind, is left out. Throws AppError `payment_unavailable`. */
  async function list(): Promise<PricedOffer[]> {
    const { offers } = await read();
    const priced = await Promise.all(offers.map(async (offer) => ({ offer, price: await priceFor(offer.priceId) })));
    return priced.flatMap(({ offer, price }) => {
      const fits = price !== null && (price.recurring !== null) === (offer.kind === 'plan');
      return fits ? [{ ...offer, price }] : [];
    });
  }

  async function priceFor(priceId: string): Promise<Price | null> {
    const known = prices.get(priceId);
    if (known) return known.price;
    const price = await payments.findPrice(priceId);
    prices.set(priceId, { price });
    return price;
  }

  return { read, find, list };
}

type Kind = { kind: 'plan'; plan: Plan } | { kind: 'pack'; images: number };

function toOffer({ slug, name }: { slug: string; name: string }, priceId: string | null, kind: Kind): Offer[] {
  return priceId ? [{ slug, name, priceId, ...kind }] : [];
}

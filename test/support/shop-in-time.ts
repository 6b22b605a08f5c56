import type Stripe from 'stripe';
import { expect, vi } from 'vitest';
import type { CoreOptions } from '../../core/index.ts';
import { type Shop, startShop } from './shop.ts';

export type ShopInTime = Shop & {
  now(): Date;
  /** Seconds pass, and what falls due at Stripe happens. */
  pass(seconds: number): void;
  /** Events made since this was last asked, oldest first; none is sent by itself. */
  news(): Stripe.Event[];
  /** Sends events, in this order, and waits until they were worked on. */
  bring(events: readonly Stripe.Event[]): Promise<void>;
  /** Sends all there is, and waits. */
  catchUp(): Promise<void>;
};

export const hour = 3_600;
export const day = 24 * hour;

/** A shop that begins at a date and in which time passes only when told to. */
export async function startShopInTime(startsAt: string, options: Partial<CoreOptions> = {}): Promise<ShopInTime> {
  const shop = await startShop({ startsAt, ...options });
  const { stripe, core } = shop;
  stripe.setDelivery('drop');
  let seen = stripe.events().length;
  const now = () => new Date(stripe.now() * 1_000);
  const news = () => {
    const events = stripe.events();
    const fresh = events.slice(seen);
    seen = events.length;
    return fresh;
  };
  // Also those in hand: what another has settled meanwhile is still being looked at.
  const isWorked = async () => {
    const waiting = await core.database.prisma.inboxEvent.findFirst({
      where: { state: 'pending' },
      orderBy: { nextAttemptAt: 'desc' },
    });
    const inHand = await shop.redisClient.llen('easel:inbox:active');
    // What failed is tried again after a while, which would never come.
    if (waiting && !inHand && waiting.nextAttemptAt > now()) stripe.advance(1);
    return !waiting && !inHand;
  };
  const worked = () => vi.waitUntil(isWorked, { timeout: 60_000, interval: 5 });
  const bring = async (events: readonly Stripe.Event[]) => {
    const at = stripe.now();
    const sent = await Promise.all(events.map((event) => stripe.deliver(event, { at })));
    expect(sent.flat().filter(({ status }) => status !== 200)).toEqual([]);
    await worked();
  };
  return {
    ...shop,
    settled: async () => void (await worked()),
    now,
    pass: stripe.advance,
    news,
    bring,
    catchUp: () => bring(news()),
  };
}

import type { Checkout, Purchase } from '@prisma/client';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Log } from '../log.ts';
import { within } from '../within.ts';
import { type BillingStanding, givesUntil } from './standing.ts';
import type { Sync } from './sync.ts';

/**
 * What became of a checkout: `paid`; `confirming`, it was completed and the money is not in yet; `open`, nobody has
 * paid so far; `expired`; `over`, what it bought has ended or was taken back.
 */
export type Confirmation = {
  state: 'paid' | 'confirming' | 'open' | 'expired' | 'over';
  /** The page to pay on. */
  url: string;
  /** Name of the plan, or how many images were bought. */
  bought: { kind: 'plan'; plan: string; standing: BillingStanding } | { kind: 'pack'; images: number };
  /** The platform of the chat that is told; null when nobody is. */
  platform: string | null;
  locale: string;
  createdAt: Date;
};

const hour = 3_600_000;
/** Whoever has the id of a checkout is told about it that long. */
const tellableMs = 30 * 24 * hour;
/** The page looks again every few seconds; the payment service is asked less often. */
const askEveryMs = 2_000;
const askAtMostMs = 8_000;

/** For the page that a payer comes back to: news of the payment may not be here yet, or lost. */
export function createConfirm({
  database,
  sync,
  standing,
  clock,
  log,
}: {
  database: Pick<Database, 'prisma'>;
  sync: Pick<Sync, 'sync'>;
  standing: (accountId: string) => Promise<BillingStanding>;
  clock: Clock;
  log: Log;
}) {
  const { prisma } = database;
  const asked = new LRUCache<string, true>({ max: 1_000, ttl: askEveryMs });

  /** How a checkout of Easel's stands, asking the payment service when it isn't known to be paid. Null: no such one. */
  return async function confirm(checkoutId: string): Promise<Confirmation | null> {
    const since = new Date(clock().getTime() - tellableMs);
    const find = () => prisma.checkout.findUnique({ where: { id: checkoutId, createdAt: { gt: since } } });
    const known = await find();
    if (!known) return null;
    const first = await describe(known);
    if ((first.state !== 'confirming' && first.state !== 'open') || asked.get(checkoutId)) return first;
    asked.set(checkoutId, true);
    await ask(known.accountId);
    return describe((await find()) ?? known);
  };

  /** Whatever goes wrong here, the page still says what is known. */
  async function ask(accountId: string): Promise<void> {
    try {
      const account = await prisma.account.findUnique({ where: { id: accountId }, select: { stripeCustomerId: true } });
      if (account?.stripeCustomerId)
        await within(askAtMostMs, sync.sync(account.stripeCustomerId), 'the payment service takes long');
    } catch (error) {
      log.warn({ reason: (error as Error).message }, 'a payment could not be confirmed at once; its page looks again');
    }
  }

  async function describe(row: Checkout): Promise<Confirmation> {
    const { url, locale, createdAt, accountId, item } = row;
    const [pack, plan, purchase, held] = await Promise.all([
      prisma.pack.findUnique({ where: { slug: item } }),
      prisma.plan.findUnique({ where: { slug: item } }),
      prisma.purchase.findUnique({ where: { id: row.id } }),
      standing(accountId),
    ]);
    const { platform } = (row.replyTo ?? {}) as { platform?: string };
    const bought = plan
      ? ({ kind: 'plan', plan: plan.name, standing: held } as const)
      : ({ kind: 'pack', images: purchase?.images ?? pack?.images ?? 0 } as const);
    const state = row.state === 'complete' ? await stateOfPaid(row, purchase) : row.state;
    return { state, url, bought, platform: platform ?? null, locale, createdAt };
  }

  async function stateOfPaid({ accountId, item, createdAt }: Checkout, purchase: Purchase | null) {
    if (purchase) return purchase.granted > 0 ? 'paid' : 'over';
    const since = new Date(createdAt.getTime() - hour);
    const begun = { accountId, planSlug: item, createdAt: { gt: since }, status: { not: 'incomplete' } };
    const subscriptions = await prisma.subscription.findMany({ where: begun });
    if (subscriptions.some((each) => givesUntil(each, clock()))) return 'paid';
    return subscriptions.length ? 'over' : 'confirming';
  }
}

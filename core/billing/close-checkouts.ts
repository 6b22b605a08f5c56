import type { Database } from '../database/database.ts';
import type { Payments } from './payments.ts';
import { lasting } from './standing.ts';
import type { Sync } from './sync.ts';

/**
 * For an account that is about to go: closes the pages to pay on that are open, and asks how it stands now, so that
 * nothing is paid that nobody gets. Answers whether it has a subscription that goes on.
 * Throws AppError `payment_unavailable` when the service cannot be asked and the account may owe or be owed something.
 */
export function createCloseCheckouts({
  database: { prisma },
  payments,
  sync,
  on,
}: {
  database: Pick<Database, 'prisma'>;
  payments: Pick<Payments, 'expireCheckout'>;
  sync: Pick<Sync, 'sync'>;
  /** Whether anything can be paid at all. */
  on: boolean;
}) {
  return async function closeCheckouts(accountId: string): Promise<{ subscribed: boolean }> {
    const account = await prisma.account.findUnique({ where: { id: accountId }, select: { stripeCustomerId: true } });
    if (on && account?.stripeCustomerId) {
      const open = await prisma.checkout.findMany({ where: { accountId, state: 'open' }, select: { id: true } });
      // One that was paid a moment ago stays as it is, and the synchronisation sees it.
      for (const { id } of open) await payments.expireCheckout(id);
      await sync.sync(account.stripeCustomerId);
    }
    const live = await prisma.subscription.count({ where: { accountId, endedAt: null, status: { in: [...lasting] } } });
    return { subscribed: live > 0 };
  };
}

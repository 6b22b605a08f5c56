import type { Core } from '../core/index.ts';
import { CommandError, UsageError } from './command.ts';

/** What `--price` says: an id of Stripe's, or null for `none`, which takes it off sale. Throws UsageError. */
export function readPrice(text: string): string | null {
  if (text === 'none') return null;
  if (/^price_\w{1,240}$/.test(text)) return text;
  throw new UsageError(`--price must be the id of a price at Stripe, such as price_1Abc, or none; not ${text}`);
}

/**
 * Asks Stripe whether a price can be charged for this, and looks whether something else has it. Throws CommandError.
 * While Stripe is off only the latter.
 */
export async function checkPrice(
  core: Pick<Core, 'billing' | 'database'>,
  { price, kind, slug }: { price: string; kind: 'plan' | 'pack'; slug: string },
): Promise<void> {
  const { prisma } = core.database;
  const [plan, pack] = await Promise.all([
    prisma.plan.findUnique({ where: { stripePriceId: price } }),
    prisma.pack.findUnique({ where: { stripePriceId: price } }),
  ]);
  if (plan && !(kind === 'plan' && plan.slug === slug)) throw new CommandError(`The plan ${plan.slug} has this price`);
  if (pack && !(kind === 'pack' && pack.slug === slug)) throw new CommandError(`The pack ${pack.slug} has this price`);
  if (!core.billing.on) return;
  const found = await core.billing.findPrice(price);
  if (!found)
    throw new CommandError(
      `Stripe has no active price ${price}. Is it of the same account and mode as STRIPE_SECRET_KEY?`,
    );
  if ((found.recurring !== null) === (kind === 'plan')) return;
  throw new CommandError(
    kind === 'plan'
      ? `${price} is paid once; a plan needs a recurring price`
      : `${price} is recurring; a pack needs a price that is paid once`,
  );
}

/** For an answer's line: `on sale for price_…`. */
export const describePrice = (price: string | null): string => (price ? `on sale for ${price}` : 'not for sale');

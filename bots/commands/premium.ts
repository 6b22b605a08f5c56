import { type Account, AppError, type BillingStanding, escapeHtml, type PricedOffer } from '../../core/index.ts';
import { type Action, type Context, defineCommand, type Reply } from '../chat.ts';
import { buyButton, comparePlan, describeStanding, nameOffer } from '../offers.ts';
import { requireMember } from './member.ts';

const nothing: BillingStanding = { subscription: null, given: null };

export const premium = defineCommand({
  name: 'premium',
  private: true,
  options: [
    {
      type: 'text',
      name: 'item',
      maxLength: 64,
      async suggest(context, typed) {
        const offers = await context.core.billing.offers();
        const found = offers.map((offer) => ({ value: offer.slug, label: nameOffer(context, offer) }));
        return found.filter(({ label }) => label.toLowerCase().includes(typed.toLowerCase()));
      },
    },
  ],
  async run(context, { item }) {
    if (item === undefined) return show(context);
    const member = requireMember(context);
    return openPage(context, member, await pick(context, item));
  },
});

/** Presses of what `/premium` offers. */
export const buyAction: Action = {
  name: 'buy',
  run: (context, slug) => openPage(context, requireMember(context), slug),
};

/** How the member stands, and what is on sale. */
async function show(context: Context): Promise<Reply> {
  const { core, say, account } = context;
  const standing = account ? await core.billing.standing(account.id) : nothing;
  const status = describeStanding(say, standing);
  const offers = await listOffers(context, status.length > 0);
  if (!offers) return { html: [...status, say('sale.prices_away')].join('\n\n'), private: true };
  const plans = offers
    .filter((offer) => offer.kind === 'plan')
    .filter((offer) => !standing.subscription && !isForGood(account, offer.slug));
  const packs = offers.filter(({ kind }) => kind === 'pack');
  const now = account?.plan ?? (await readBasicPlan(context));
  const parts = [
    ...status,
    ...plans.map((offer) => {
      const title = say('sale.title', { offer: nameOffer(context, offer) });
      return [title, ...comparePlan(say, offer.plan, now)].join('\n');
    }),
    packs.length
      ? [say('sale.packs'), ...packs.map((offer) => `• ${escapeHtml(nameOffer(context, offer))}`)].join('\n')
      : '',
  ];
  return closeShow(context, parts.filter(Boolean), [...plans, ...packs]);
}

function closeShow(context: Context, parts: string[], offers: readonly PricedOffer[]): Reply {
  const { say, account } = context;
  const example = offers.find(({ kind }) => kind === 'pack') ?? offers[0];
  if (!example) return { html: parts.length ? parts.join('\n\n') : say('errors.sales_off'), private: true };
  if (!account) return { html: [...parts, say('sale.guest')].join('\n\n'), private: true };
  const html = [...parts, say('sale.how', { item: example.slug })].join('\n\n');
  return { html, buttons: toRows(offers.map((offer) => buyButton(context, offer))), private: true };
}

/** No platform shows more than five rows; one that has few has one a row, as prices make labels long. */
function toRows<T>(buttons: readonly T[]): T[][] {
  const perRow = Math.min(5, Math.ceil(buttons.length / 5));
  return Array.from({ length: Math.min(5, buttons.length) }, (_, row) =>
    buttons.slice(row * perRow, (row + 1) * perRow),
  ).filter((row) => row.length > 0);
}

/** Null when prices can't be had and there is something else to say. Throws AppError `payment_unavailable`. */
async function listOffers({ core }: Context, optional: boolean): Promise<PricedOffer[] | null> {
  return core.billing.offers().catch((error) => {
    if (optional && error instanceof AppError && error.code === 'payment_unavailable') return null;
    throw error;
  });
}

/** Whether somebody has this plan with no end. */
function isForGood(account: Account | null, slug: string): boolean {
  return account?.plan.slug === slug && account.planUntil === null;
}

/** What a newcomer begins with, to compare with. */
async function readBasicPlan({ core }: Context): Promise<Account['plan'] | null> {
  return (await core.plans.list()).find(({ slug }) => slug === 'free') ?? null;
}

/** The slug of what was typed, by slug, name, or a pack's number. Throws AppError `not_for_sale`, `sales_off`. */
async function pick({ core }: Context, typed: string): Promise<string> {
  const wanted = typed.trim().toLowerCase();
  const found = (await core.billing.offers()).find(
    (offer) =>
      offer.slug === wanted ||
      offer.name.toLowerCase() === wanted ||
      (offer.kind === 'pack' && String(offer.images) === wanted),
  );
  return found?.slug ?? wanted;
}

/** The page to pay on. */
async function openPage(context: Context, account: Account, item: string): Promise<Reply> {
  const { core, say, replyTo, locale } = context;
  const { url, expiresAt, offer } = await core.billing.openCheckout({ account, item, replyTo, locale });
  const priced = (await listOffers(context, true))?.find(({ slug }) => slug === offer.slug);
  const title = priced ? nameOffer(context, priced) : offer.name;
  return {
    html: `${say('sale.title', { offer: title })}\n${say('sale.page', { until: expiresAt })}`,
    buttons: [[{ href: url, label: 'pay' }]],
    private: true,
  };
}

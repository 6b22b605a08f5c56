import { type Account, type BillingStanding, escapeHtml, formatMoney, type PricedOffer } from '../core/index.ts';
import type { ActionButton, Context } from './chat.ts';

type Say = Context['say'];
/** What a plan allows, to be told or compared. */
type Limits = Pick<
  Account['plan'],
  'perDay' | 'perMonth' | 'perMinute' | 'cooldownSeconds' | 'concurrent' | 'priority'
>;

/** `Premium: $9.00 a month`, as plain text. */
export function nameOffer({ core, locale }: Pick<Context, 'core' | 'locale'>, { name, price }: PricedOffer): string {
  const { plain } = core.words;
  const money = formatMoney(locale, price);
  const { recurring } = price;
  const every = recurring && plain(locale, `prices.${recurring.interval}`, { price: money, count: recurring.count });
  return plain(locale, 'prices.offer', { name, price: every ?? money });
}

/** A button that leads on to paying. */
export function buyButton(context: Pick<Context, 'core' | 'locale'>, offer: PricedOffer): ActionButton {
  const style = offer.kind === 'plan' ? 'primary' : 'secondary';
  return { action: 'buy', id: offer.slug, style, values: { offer: nameOffer(context, offer) } };
}

/** What a plan has that `now` has not, a line each; all it has when they are the same, or `now` is null. */
export function comparePlan(
  say: Say,
  plan: Limits & { slug: string; description: string },
  now: (Limits & { slug: string }) | null,
): string[] {
  const other = now && now.slug !== plan.slug ? now : null;
  const lines = [
    compare(say, 'images', plan.perDay, other?.perDay),
    ...(plan.perMonth === other?.perMonth ? [] : [describeMonth(say, plan, other)]),
    compare(say, 'at_once', plan.concurrent, other?.concurrent),
    plan.cooldownSeconds === other?.cooldownSeconds ? '' : describePause(say, plan),
    compare(say, 'minute', plan.perMinute, other?.perMinute),
    other && plan.priority < other.priority ? say('sale.ahead') : '',
    ...plan.description.split('\n').map((line) => escapeHtml(line.trim())),
  ];
  return lines.filter((line) => line !== '').map((line) => `• ${line}`);
}

/** How a member stands with what they pay and were given; empty for those with neither. */
export function describeStanding(say: Say, { subscription, given }: BillingStanding): string[] {
  const lines: string[] = [];
  if (subscription) lines.push(say(`standing.${subscription.state}`, { plan: subscription.plan, at: subscription.at }));
  if (given) {
    const { plan, until } = given;
    lines.push(until ? say('standing.given', { plan, at: until }) : say('standing.given_for_good', { plan }));
  }
  return lines;
}

function compare(say: Say, name: string, max: number, now: number | undefined): string {
  if (now === undefined) return say(`sale.${name}`, { max });
  return now === max ? '' : say(`sale.${name}_instead`, { max, now });
}

function describeMonth(say: Say, { perMonth }: Limits, other: Limits | null): string {
  if (perMonth !== null) return say('sale.month', { max: perMonth });
  return other ? say('sale.month_free') : '';
}

const describePause = (say: Say, { cooldownSeconds }: Limits) =>
  cooldownSeconds ? say('sale.pause', { max: cooldownSeconds }) : say('sale.pause_none');

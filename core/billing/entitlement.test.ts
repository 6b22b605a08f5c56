import { readFileSync } from 'node:fs';
import path from 'node:path';
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { makeMember } from '../../test/support/core.ts';
import { startShop } from '../../test/support/shop.ts';
import { day, hour, type ShopInTime, startShopInTime } from '../../test/support/shop-in-time.ts';
import type { Account } from '../index.ts';
import { isAgainstUs } from './stripe/read.ts';

const page = readFileSync(path.join(import.meta.dirname, '../../docs/premium.md'), 'utf8');
/** The rows of the page's table. */
const rows = page
  .slice(page.indexOf('| at Stripe |'))
  .split('\n\n')[0]
  ?.split('\n')
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, atStripe = '', has = '', until = '']) => ({ atStripe: atStripe.replaceAll('`', ''), has, until }));
/** The events that the page tells to select: no others are sent here. */
const selected = new Set(
  page.match(/`(checkout|customer|invoice|charge)\.[a-z_.]+`/g)?.map((name) => name.slice(1, -1)),
);

let shop: ShopInTime;
beforeAll(async () => {
  shop = await startShopInTime('2024-01-31T11:00:00Z');
});
afterAll(() => shop.close());

type Case = { account: Account; customer: string };
/** Brings it about; answers the time that the row's `until` means, if it is not told by the subscription alone. */
type Arrange = (member: Case) => Promise<unknown>;

const good = '4242424242424242';
const failing = '4000000000000341';

async function buy({ account }: Case, card = good): Promise<void> {
  const { url } = await shop.core.billing.openCheckout({ account, item: 'premium', replyTo: null, locale: 'en' });
  shop.stripe.pay(url, { card });
}
async function subscriptionOf({ customer }: Case): Promise<Stripe.Subscription> {
  const { data } = await shop.dashboard.subscriptions.list({ customer, status: 'all' });
  return data[0] as Stripe.Subscription;
}
async function change(member: Case, changes: Stripe.SubscriptionUpdateParams) {
  return shop.dashboard.subscriptions.update((await subscriptionOf(member)).id, changes);
}
async function begin({ account, customer }: Case, how: Partial<Stripe.SubscriptionCreateParams>) {
  const items = [{ price: shop.prices.premium }];
  const metadata = { account: account.id, plan: 'premium' };
  return shop.dashboard.subscriptions.create({ customer, items, metadata, ...how });
}
async function latestCharge({ customer }: Case): Promise<string> {
  return (await shop.dashboard.charges.list({ customer, limit: 1 })).data[0]?.id ?? '';
}
async function dispute(member: Case, outcome?: 'won' | 'lost'): Promise<void> {
  await buy(member);
  const { id } = shop.stripe.openDispute(await latestCharge(member));
  await shop.catchUp();
  expect((await shop.core.accounts.get(member.account.id)).planSlug).toBe('free');
  if (outcome) shop.stripe.closeDispute(id, outcome);
}
/** Its renewal is tried and fails. */
async function failRenewal(member: Case): Promise<number> {
  await buy(member, failing);
  const began = (await subscriptionOf(member)).items.data[0]?.current_period_end as number;
  shop.pass(began - shop.stripe.now() + 2 * hour);
  return began;
}
async function pause(member: Case): Promise<void> {
  await buy(member);
  await change(member, { pause_collection: { behavior: 'void' } });
}
async function give({ account }: Case): Promise<number> {
  const until = new Date(shop.now().getTime() + 11 * day * 1_000);
  await shop.core.billing.grantPlan({ accountId: account.id, planSlug: 'premium', until, reason: 'a gift' });
  return until.getTime() / 1_000;
}
async function makePrice(): Promise<string> {
  const product_data = { name: 'Another' };
  const wanted = { currency: 'usd', unit_amount: 700, recurring: { interval: 'month' as const }, product_data };
  return (await shop.dashboard.prices.create(wanted)).id;
}

const cases: Record<string, Arrange> = {
  trialing: (member) => begin(member, { trial_period_days: 9 }),
  active: (member) => buy(member),
  'active, cancelled for the end of the period': async (member) => {
    await buy(member);
    await change(member, { cancel_at_period_end: true });
  },
  past_due: failRenewal,
  'past_due, and nobody ends it for months': async (member) => {
    shop.stripe.setPolicy({ afterRetries: 'past_due' });
    await failRenewal(member);
    shop.pass(61 * day);
    expect(await subscriptionOf(member)).toMatchObject({ status: 'past_due' });
    shop.stripe.setPolicy({ afterRetries: 'canceled' });
  },
  'past_due, cancelled for a day before that': async (member) => {
    const at = (await failRenewal(member)) + 2 * day;
    await change(member, { cancel_at: at });
    return at;
  },
  'active, the latest payment refunded in part': async (member) => {
    await buy(member);
    await shop.dashboard.refunds.create({ charge: await latestCharge(member), amount: 899 });
  },
  'active, the latest payment refunded in whole': async (member) => {
    await buy(member);
    await shop.dashboard.refunds.create({ charge: await latestCharge(member) });
  },
  'active, the latest payment disputed': (member) => dispute(member),
  'active, the dispute won': (member) => dispute(member, 'won'),
  'active, the dispute lost': (member) => dispute(member, 'lost'),
  'active, collection paused, this period paid': pause,
  'active, collection paused, this period not paid': async (member) => {
    await pause(member);
    shop.pass(32 * day);
  },
  paused: async (member) => {
    await begin(member, {
      trial_period_days: 1,
      trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
    });
    shop.pass(2 * day);
  },
  incomplete: (member) => begin(member, { payment_behavior: 'default_incomplete' }),
  incomplete_expired: async (member) => {
    await begin(member, { payment_behavior: 'default_incomplete' });
    shop.pass(day);
  },
  unpaid: async (member) => {
    shop.stripe.setPolicy({ afterRetries: 'unpaid' });
    await failRenewal(member);
    shop.pass(20 * day);
    shop.stripe.setPolicy({ afterRetries: 'canceled' });
  },
  canceled: async (member) => {
    await buy(member);
    await shop.catchUp();
    await shop.dashboard.subscriptions.cancel((await subscriptionOf(member)).id);
  },
  "active, by a price that was the plan's when it was bought": async (member) => {
    await buy(member);
    const [item] = (await subscriptionOf(member)).items.data;
    await change(member, { items: [{ id: item?.id ?? '', price: await makePrice() }], proration_behavior: 'none' });
  },
  'active, by a price that no plan ever had': async (member) => {
    const { data } = await shop.dashboard.paymentMethods.list({ customer: member.customer });
    expect(data).toEqual([]);
    expect(shop.stripe.changeCard(member.customer, good)).toBe('Your card was changed.');
    await begin(member, { items: [{ price: await makePrice() }], metadata: {} });
  },
  'the customer was deleted': async (member) => {
    await buy(member);
    await shop.catchUp();
    await shop.dashboard.customers.del(member.customer);
  },
  'nothing, and an operator gave the plan': give,
  'canceled, and an operator gave the plan': async (member) => {
    await cases.canceled?.(member);
    return give(member);
  },
};

const meanings: Record<string, (arranged: number, end: number) => number | null> = {
  '': () => null,
  '3 days after the period ends': (_, end) => end + 3 * day,
  'the period ends': (_, end) => end,
  '7 days after the unpaid period began': (arranged) => arranged + 7 * day,
  'that day': (arranged) => arranged,
  'the gift ends': (arranged) => arranged,
};

async function makeCase(): Promise<Case> {
  const { account } = await makeMember(shop.core);
  await shop.core.billing.openCheckout({ account, item: 'premium', replyTo: null, locale: 'en' });
  const row = await shop.core.database.prisma.account.findUniqueOrThrow({ where: { id: account.id } });
  return { account, customer: row.stripeCustomerId as string };
}

test('every row of the page is played here, and nothing else', () => {
  expect(rows?.map(({ atStripe }) => atStripe)).toEqual(Object.keys(cases));
});

describe('who has the plan, of the events that are to be selected', () => {
  it.each(rows ?? [])('$atStripe: $has, $until', async ({ atStripe, has, until }) => {
    const member = await makeCase();
    const arranged = (await cases[atStripe]?.(member)) as number | undefined;
    const status = /^[a-z_]+/.exec(atStripe)?.[0] ?? '';
    const subscription = await subscriptionOf(member);
    if (!['the', 'nothing'].includes(status)) expect(subscription.status).toBe(status);
    await shop.bring(shop.news().filter(({ type }) => selected.has(type)));
    const means = meanings[until]?.(arranged ?? 0, subscription?.items.data[0]?.current_period_end ?? 0) ?? null;
    const { planSlug, planUntil } = await shop.core.accounts.get(member.account.id);
    const promised = has === 'yes' ? 'premium' : 'free';
    expect({ planSlug, planUntil }).toEqual({ planSlug: promised, planUntil: means && new Date(means * 1_000) });
    if (!means) return;
    // Time alone ends it: nothing is sent, and what is remembered of them is another's.
    const plan = async () => (await shop.core.accounts.get(member.account.id)).planSlug;
    shop.pass(means - 1 - shop.stripe.now());
    expect(await plan()).toBe('premium');
    shop.pass(1);
    expect(await plan()).toBe('free');
    shop.news();
  });
});

test('a plan ends to the second in chats and for keys, in every process, also where it is remembered', async () => {
  const real = await startShop();
  const { core } = real;
  const other = await real.another();
  const { account, userId } = await makeMember(core);
  const scopes = ['generate'] as const;
  const { secret } = await core.apiKeys.create({
    accountId: account.id,
    name: 'k',
    scopes,
    expiresAt: null,
    dailyCap: null,
  });
  const look = async () =>
    Promise.all(
      [core, other].flatMap((each) => [
        each.accounts.find('web', userId).then((found) => found?.planSlug),
        each.apiKeys.verify(secret, '127.0.0.1').then((caller) => caller.account.planSlug),
      ]),
    );
  const until = new Date(Date.now() + 4_000);
  await core.billing.grantPlan({ accountId: account.id, planSlug: 'premium', until, reason: '' });
  const premium = ['premium', 'premium', 'premium', 'premium'];
  await expect.poll(look, { timeout: 3_500, interval: 20 }).toEqual(premium);
  await expect.poll(() => Date.now() >= until.getTime(), { timeout: 8_000, interval: 5 }).toBe(true);
  expect(await look()).toEqual(['free', 'free', 'free', 'free']);
  await real.close();
});

test("a bank's inquiry takes no money; a dispute does until it is won", () => {
  const against = (status: Stripe.Dispute.Status) => isAgainstUs({ status } as Stripe.Dispute);
  expect(['needs_response', 'under_review', 'lost'].map((each) => against(each as Stripe.Dispute.Status))).toEqual([
    true,
    true,
    true,
  ]);
  for (const status of [
    'warning_needs_response',
    'warning_under_review',
    'warning_closed',
    'won',
    'prevented',
  ] as const)
    expect(against(status)).toBe(false);
});

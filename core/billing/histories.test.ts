import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Buyer, type BuyerPrices, play, type Step, step } from '../../test/support/billing-histories.ts';
import { type PriceList, readPromises } from '../../test/support/billing-promises.ts';
import { makeMember } from '../../test/support/core.ts';
import { day, hour, type ShopInTime, startShopInTime } from '../../test/support/shop-in-time.ts';

/** Histories are played side by side, in one Stripe and one time. */
const atOnce = 20;
const runs = 10;

let shop: ShopInTime;
let prices: BuyerPrices;
let list: PriceList;
beforeAll(async () => {
  // A few days before the end of a February with a leap day.
  shop = await startShopInTime('2024-02-26T21:30:00Z');
  const { core, dashboard } = shop;
  const make = async (amount: number) => {
    const recurring = { interval: 'month' as const };
    const product_data = { name: `Of ${amount}` };
    return (await dashboard.prices.create({ currency: 'usd', unit_amount: amount, recurring, product_data })).id;
  };
  prices = { premium: shop.prices.premium, studio: await make(2_900), stray: await make(700) };
  const { slug: _, ...premium } = await core.database.prisma.plan.findUniqueOrThrow({ where: { slug: 'premium' } });
  await core.database.prisma.plan.create({
    data: { ...premium, slug: 'studio', name: 'Studio', priority: 5, stripePriceId: prices.studio },
  });
  list = {
    planOf: new Map([
      [prices.premium, 'premium'],
      [prices.studio, 'studio'],
    ]),
    placeOf: new Map([
      ['studio', 5],
      ['premium', 10],
    ]),
  };
  await core.billing.reconcile();
});
afterAll(() => shop.close());

/** What becomes of events: they come at once, twice, at the end in any order, or never. */
const fate = fc.constantFrom('now', 'twice', 'late', 'late', 'late', 'lost', 'lost', 'lost', 'lost');
/** All events of a step share one, or each has its own. */
const fateOfStep = fc.oneof({ weight: 2, arbitrary: fate }, { weight: 1, arbitrary: fc.constant('each') });
const round = fc.record({
  steps: fc.array(step, { minLength: atOnce, maxLength: atOnce }),
  seconds: fc.oneof(
    fc.integer({ min: 60, max: 2 * hour }),
    fc.integer({ min: hour, max: 20 * day }),
    fc.constantFrom(27 * day, 31 * day, 35 * day),
  ),
});
const story = fc.record({
  rounds: fc.array(round, { minLength: 3, maxLength: 6 }),
  fates: fc.array(fate, { minLength: 30, maxLength: 60 }),
  fatesOfSteps: fc.array(fateOfStep, { minLength: 20, maxLength: 40 }),
  order: fc.integer({ min: 1, max: 2 ** 31 - 2 }),
  afterRetries: fc.constantFrom('canceled', 'unpaid', 'past_due'),
});

it('has what Stripe says it should, whatever became of the news', { timeout: 300_000 }, async () => {
  let played = 0;
  await fc.assert(
    fc.asyncProperty(story, async ({ rounds, fates, fatesOfSteps, order, afterRetries }) => {
      const { stripe } = shop;
      stripe.setPolicy({ afterRetries });
      const buyers = await Promise.all(Array.from({ length: atOnce }, makeBuyer));
      const [late, every] = [[] as ReturnType<ShopInTime['news']>, { count: 0, steps: 0, lost: 0 }];
      /** Takes what has just been made; answers what is to be sent now. */
      const take = () => {
        const ofStep = fatesOfSteps[every.steps++ % fatesOfSteps.length];
        return shop.news().flatMap((event) => {
          const becomes = ofStep === 'each' ? fates[every.count++ % fates.length] : ofStep;
          if (becomes === 'late') late.push(event);
          if (becomes === 'lost') every.lost++;
          return becomes === 'now' ? [event] : becomes === 'twice' ? [event, event] : [];
        });
      };
      for (const [number, { steps, seconds }] of rounds.entries()) {
        // After a longer time everybody is asked about; so what is lost in the last round is found by its events.
        if (number === rounds.length - 1) await shop.core.billing.reconcile();
        const now: typeof late = [];
        for (const [index, buyer] of buyers.entries()) {
          await play(shop, prices, buyer, steps[index] as Step);
          now.push(...take());
        }
        shop.pass(seconds);
        await shop.bring([...now, ...take()]);
      }
      await shop.bring(shuffle(late, order));
      if (every.lost) await shop.core.billing.reconcile();
      await shop.settled();
      await expectPromises(buyers);
      await leave(buyers);
      played += buyers.length;
    }),
    { numRuns: runs, endOnFailure: true },
  );
  expect(played).toBe(runs * atOnce);
});

async function makeBuyer(): Promise<Buyer> {
  const { account, userId } = await makeMember(shop.core);
  await shop.core.billing.openCheckout({ account, item: 'premium', replyTo: null, locale: 'en' });
  const row = await shop.core.database.prisma.account.findUniqueOrThrow({ where: { id: account.id } });
  return { account, userId, customer: row.stripeCustomerId as string, gifts: [] };
}

async function expectPromises(buyers: readonly Buyer[]): Promise<void> {
  const { core, dashboard } = shop;
  const [held, promised] = [[] as object[], [] as object[]];
  for (const { account, customer, userId, gifts } of buyers) {
    const member = await core.accounts.get(account.id);
    const { topUp } = await core.quotas.status(account.id, member.plan);
    held.push({ userId, plan: member.planSlug, until: member.planUntil, images: topUp.remaining });
    const now = shop.now();
    const { plan, until, images } = await readPromises(dashboard, customer, { gifts, prices: list, now });
    promised.push({ userId, plan: plan ?? 'free', until, images });
  }
  expect(held).toEqual(promised);
  const { prisma } = core.database;
  expect(await prisma.inboxEvent.findMany({ where: { state: { in: ['pending', 'failed'] } } })).toEqual([]);
}

/** So that the next story has its Stripe to itself. */
async function leave(buyers: readonly Buyer[]): Promise<void> {
  for (const { customer } of buyers) {
    for (const { id, status } of (await shop.dashboard.subscriptions.list({ customer })).data)
      if (status !== 'incomplete_expired') await shop.dashboard.subscriptions.cancel(id);
  }
  shop.news();
}

function shuffle<T>(things: readonly T[], seed: number): T[] {
  let state = seed;
  const shuffled = [...things];
  for (let last = shuffled.length - 1; last > 0; last--) {
    state = (state * 48_271) % 2_147_483_647;
    const other = state % (last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}

import fc from 'fast-check';
import Stripe from 'stripe';
import { type Account, AppError } from '../../core/index.ts';
import type { Given } from './billing-promises.ts';
import type { ShopInTime } from './shop-in-time.ts';

/** Somebody whose history is played, as the test knows them. */
export type Buyer = { account: Account; userId: string; customer: string; gifts: Given[] };
export type BuyerPrices = { premium: string; studio: string; stray: string };

const cards = ['4242424242424242', '4000000000000341'] as const;
const share = fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 499 }));

/** What can happen to a buyer in one step; what does not apply at that moment is refused by Stripe, and then nothing happens. */
export const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('buy'), card: fc.constantFrom(...cards) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('decline') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancelAtEnd') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resume') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancelNow') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('changeCard'), card: fc.constantFrom(...cards) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('payBill') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('refund'), amount: share }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('dispute') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('judge'), outcome: fc.constantFrom('won', 'lost') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pause'),
      behavior: fc.constantFrom('void', 'keep_as_draft', 'mark_uncollectible'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unpause') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('trial'),
      days: fc.integer({ min: 1, max: 20 }),
      atEnd: fc.constantFrom('cancel', 'pause', 'create_invoice'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('beginUnpaid') }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('changePrice'), to: fc.constantFrom('premium', 'studio', 'stray') }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('buyPack'), item: fc.constantFrom('pack-50', 'pack-200') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('give'), days: fc.option(fc.integer({ min: 1, max: 60 })) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('endGifts') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('comeBack') }) },
);
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Plays a step; what Stripe or Easel refuses because it does not apply did not happen. */
export async function play(shop: ShopInTime, prices: BuyerPrices, buyer: Buyer, wanted: Step): Promise<void> {
  try {
    await act(shop, prices, buyer, wanted);
  } catch (error) {
    const isRefusal =
      error instanceof Stripe.errors.StripeInvalidRequestError ||
      error instanceof Stripe.errors.StripeCardError ||
      (error instanceof AppError && error.code === 'already_subscribed') ||
      (error instanceof Error && error.message === 'Your card was declined.');
    if (!isRefusal) throw error;
  }
}

async function act(shop: ShopInTime, prices: BuyerPrices, buyer: Buyer, wanted: Step): Promise<void> {
  const { core, stripe, dashboard } = shop;
  const { account, customer } = buyer;
  const pay = async (item: string, card: string) => {
    const { url } = await core.billing.openCheckout({ account, item, replyTo: null, locale: 'en' });
    stripe.pay(url, { card });
  };
  const list = async () => (await dashboard.subscriptions.list({ customer, limit: 100 })).data;
  const first = async () => (await list()).find(({ status }) => status !== 'incomplete_expired');
  const latestCharge = async () => (await dashboard.charges.list({ customer, limit: 1 })).data[0];
  const change = async (changes: Stripe.SubscriptionUpdateParams) => {
    const subscription = await first();
    if (subscription) await dashboard.subscriptions.update(subscription.id, changes);
  };
  switch (wanted.do) {
    case 'buy':
      return pay('premium', wanted.card);
    case 'decline':
      return pay('premium', '4000000000000002');
    case 'buyPack':
      return pay(wanted.item, cards[0]);
    case 'cancelAtEnd':
      return change({ cancel_at_period_end: true });
    case 'resume':
      return change({ cancel_at_period_end: false });
    case 'pause':
      return change({ pause_collection: { behavior: wanted.behavior } });
    case 'unpause':
      return change({ pause_collection: '' });
    case 'changePrice': {
      const item = (await first())?.items.data[0]?.id;
      return item ? change({ items: [{ id: item, price: prices[wanted.to] }], proration_behavior: 'none' }) : undefined;
    }
    case 'cancelNow': {
      const subscription = await first();
      return void (subscription && (await dashboard.subscriptions.cancel(subscription.id)));
    }
    case 'changeCard':
      return void stripe.changeCard(customer, wanted.card);
    case 'payBill': {
      const bill = (await dashboard.invoices.list({ customer, status: 'open' })).data[0]?.id;
      return void (bill && (await dashboard.invoices.pay(bill)));
    }
    case 'refund': {
      const charge = await latestCharge();
      return void (
        charge &&
        (await dashboard.refunds.create({ charge: charge.id, ...(wanted.amount && { amount: wanted.amount }) }))
      );
    }
    case 'dispute': {
      const charge = await latestCharge();
      return void (charge?.paid && !charge.disputed && !charge.refunded && stripe.openDispute(charge.id));
    }
    case 'judge': {
      const dispute = (await dashboard.disputes.list({ charge: (await latestCharge())?.id ?? 'none' })).data[0];
      return void (dispute?.status === 'needs_response' && stripe.closeDispute(dispute.id, wanted.outcome));
    }
    case 'trial':
    case 'beginUnpaid': {
      if ((await list()).length) return;
      const begun = {
        customer,
        items: [{ price: prices.premium }],
        metadata: { account: account.id, plan: 'premium' },
      };
      const how =
        wanted.do === 'trial'
          ? {
              trial_period_days: wanted.days,
              trial_settings: { end_behavior: { missing_payment_method: wanted.atEnd } },
            }
          : { payment_behavior: 'default_incomplete' as const };
      return void (await dashboard.subscriptions.create({ ...begun, ...how }));
    }
    case 'give': {
      const until = wanted.days ? new Date(shop.now().getTime() + wanted.days * 86_400_000) : null;
      await core.billing.grantPlan({ accountId: account.id, planSlug: 'premium', until, reason: 'a gift' });
      buyer.gifts.push({ plan: 'premium', until });
      return;
    }
    case 'endGifts':
      await core.billing.endGrants(account.id);
      buyer.gifts.length = 0;
      return;
    case 'comeBack':
      return void (await core.billing.syncCustomer(customer));
  }
}

import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember } from '../test/support/core.ts';
import { runEasel } from '../test/support/easel.ts';
import { type Shop, startShop, webhookSecret } from '../test/support/shop.ts';
import type { Check } from './doctor/check.ts';

/** A whole Node starts for every line. */
const patience = { timeout: 120_000 };

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.close());

const stripeSettings = () => ({
  STRIPE_SECRET_KEY: shop.stripe.secretKey,
  STRIPE_WEBHOOK_SECRET: webhookSecret,
  STRIPE_PRICE_PREMIUM: shop.prices.premium,
  STRIPE_API_URL: shop.stripe.apiUrl,
});
const easel = (line: string, settings: Record<string, string> = stripeSettings()) =>
  runEasel(shop.dataDir, line.split(' '), {
    DATABASE_URL: shop.database.url,
    REDIS_URL: shop.redis.url,
    LOG_LEVEL: 'fatal',
    ...settings,
  });

test('billing reconcile mends and tells what differed; exit code 1 when Stripe cannot be asked', patience, async () => {
  shop.stripe.setDelivery('drop');
  const { account, userId } = await makeMember(shop.core);
  const { url } = await shop.core.billing.openCheckout({ account, item: 'premium', replyTo: null, locale: 'en' });
  shop.stripe.pay(url);
  const report = {
    compared: 1,
    differed: 1,
    paidButNotActive: 1,
    activeButNotPaid: 0,
    missedEvents: expect.any(Number),
  };
  expect((await easel('billing reconcile --json')).json()).toEqual({ ok: true, report });
  expect(await shop.core.accounts.find('web', userId)).toMatchObject({ planSlug: 'premium' });
  expect(await easel('billing reconcile')).toMatchObject({
    code: 0,
    output: expect.stringContaining('Compared 1 subscriptions: none differed'),
  });
  expect(await easel('billing reconcile', {})).toMatchObject({
    code: 1,
    errors: expect.stringContaining('STRIPE_SECRET_KEY turns it on'),
  });
  shop.stripe.failNext({ route: 'GET /v1/subscriptions', status: 500 }, Number.POSITIVE_INFINITY);
  const failed = await easel('billing reconcile --json');
  shop.stripe.clearFaults();
  expect(failed.code).toBe(1);
  expect(failed.json()).toMatchObject({ ok: false, error: { code: 'payment_unavailable' } });
});

test('plan give gives a plan at once, for a while or for good', patience, async () => {
  const { account, userId } = await makeMember(shop.core);
  const given = await easel(`plan give --email ${account.email} --plan premium --days 30 --json`);
  expect(given.json()).toMatchObject({ ok: true, grant: { plan: 'premium' }, planNow: 'premium' });
  const plan = async () => (await shop.core.accounts.find('web', userId))?.planSlug;
  await expect.poll(plan, { timeout: 2_000 }).toBe('premium');
  const [grant] = await shop.core.database.prisma.planGrant.findMany({ where: { accountId: account.id } });
  const days = ((grant?.until?.getTime() ?? 0) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(29.9);
  expect(days).toBeLessThan(30);
  expect((await easel(`plan give --email ${account.email} --plan premium`)).output).toContain('until it is taken back');
});

test('plan set and pack set put on sale, and take off', patience, async () => {
  const plan = await easel(`plan set premium --price ${shop.prices.premium} --daily 120 --json`);
  expect(plan.json()).toMatchObject({ ok: true, plan: { slug: 'premium', perDay: 120, price: shop.prices.premium } });
  const product_data = { name: '500 images' };
  const { id: price } = await shop.dashboard.prices.create({ currency: 'usd', unit_amount: 3_000, product_data });
  const pack = { slug: 'pack-500', name: '500 images', images: 500, price };
  expect((await easel(`pack set pack-500 --images 500 --price ${price} --json`)).json()).toEqual({ ok: true, pack });
  const offered = async () => (await shop.core.billing.offers()).map(({ slug }) => slug);
  expect(await offered()).toContain('pack-500');
  expect((await easel('pack set pack-500 --price none')).output).toBe('Pack pack-500: 500 images, not for sale\n');
  expect(await offered()).not.toContain('pack-500');
  expect((await easel('pack set pack-500 --images 600 --json')).json()).toMatchObject({ pack: { name: '600 images' } });
  await easel('plan set premium --price none');
});

test.each([
  ['plan set premium --price 9', 2, '--price must be the id of a price at Stripe'],
  ['plan set premium --price price_missing', 1, 'Stripe has no active price price_missing'],
  ['plan set premium --price PACK', 1, 'The pack pack-50 has this price'],
  ['plan set free --price ONCE', 1, 'is paid once; a plan needs a recurring price'],
  ['pack set pack-50 --price RECURRING', 1, 'is recurring; a pack needs a price that is paid once'],
  ['pack set pack-9 --price ONCE', 1, 'There is no pack pack-9; with --images one is made'],
  ['pack set pack-50', 2, 'Say what to change'],
  ['pack set Pack_50 --images 1', 2, "A pack's name is of small letters"],
  ['pack set pack-50 --images 0', 2, '--images must be a whole number'],
  ['plan give --email a@example.com', 2, 'needs --email and --plan'],
  ['plan give --email a@example.com --plan premum', 1, 'Did you mean premium?'],
  ['plan give --email nobody@example.com --plan premium', 1, 'There is no account nobody@example.com'],
  ['plan give --email a@example.com --plan premium --days 0', 2, '--days must be a whole number'],
])('"%s" is refused with a reason', async (line, code, reason) => {
  const product_data = { name: 'Once' };
  const once = await shop.dashboard.prices.create({ currency: 'usd', unit_amount: 100, product_data });
  const typed = line
    .replace('PACK', shop.prices.pack50)
    .replace('ONCE', once.id)
    .replace('RECURRING', shop.prices.premium);
  expect(await easel(typed)).toMatchObject({ code, output: '', errors: expect.stringContaining(reason) });
});

test('the doctor asks Stripe for the key and every price, and misses a webhook secret', patience, async () => {
  const look = async (changes: Record<string, string>) => {
    const { output, json } = await easel('doctor --json', { ...stripeSettings(), ...changes });
    expect(output).not.toContain(changes.STRIPE_SECRET_KEY ?? shop.stripe.secretKey);
    return json<{ checks: Check[] }>().checks.find(({ name }) => name === 'Stripe');
  };
  expect(await look({})).toMatchObject({
    state: 'ok',
    detail: 'test mode, sells plan premium, pack pack-200, pack pack-50',
  });
  const faults: [Record<string, string>, RegExp][] = [
    [{ STRIPE_SECRET_KEY: 'sk_test_wrong' }, /refuses the key \(401\).*STRIPE_SECRET_KEY/],
    [{ STRIPE_PRICE_PREMIUM: 'price_gone' }, /has no price price_gone \(plan premium\).*STRIPE_PRICE_PREMIUM/],
    [{ STRIPE_PRICE_PREMIUM: shop.prices.pack50 }, /\(plan premium\) is paid once.*STRIPE_PRICE_PREMIUM/],
    [{ STRIPE_WEBHOOK_SECRET: '' }, /no webhook secret.*STRIPE_WEBHOOK_SECRET/],
    [{ STRIPE_API_URL: 'http://127.0.0.1:65530' }, /ECONNREFUSED.*STRIPE_API_URL/],
  ];
  for (const [changes, reason] of faults) {
    const check = await look(changes);
    expect(check?.state === 'fault' ? `${check.detail}. ${check.cure}` : check).toMatch(reason);
  }
});

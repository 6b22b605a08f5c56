import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Developer, startTestRest, type TestRest } from '../../test/support/rest.ts';
import { openStripe, sellPacks } from '../../test/support/shop.ts';

let shop: Awaited<ReturnType<typeof openStripe>>;
let rest: TestRest;
beforeAll(async () => {
  shop = await openStripe();
  rest = await startTestRest({ environment: shop.environment });
  await sellPacks(rest.core, shop.prices);
});
afterAll(async () => {
  await rest.close();
  await shop.stripe.close();
});

const open = async ({ ask }: Developer, json: object = {}) => (await ask('/v1/account/checkout', { json })).json();
const refusal = async (response: Response) => {
  const { error } = await response.json();
  return [response.status, error.code, error.message];
};

it('answers the page to pay on, which buys what the account then has', async () => {
  const developer = await rest.developer({ limits: { perDay: 20 } });
  const response = await developer.ask('/v1/account/checkout', { json: {} });
  expect(response.headers.get('cache-control')).toBe('no-store');
  const { url, expires_at } = (await response.json()) as { url: string; expires_at: string };
  expect(url).toContain(`${shop.stripe.apiUrl}/c/pay/cs_test_`);
  expect((Date.parse(expires_at) - Date.now()) / 3_600_000).toBeCloseTo(24, 0);
  expect(await open(developer, { item: 'premium' })).toEqual({ url, expires_at });
  const bare = await developer.ask('/v1/account/checkout', { method: 'POST' });
  expect(await bare.json()).toEqual({ url, expires_at });
  shop.stripe.pay(url);
  // Whoever comes back from paying has it at once, with no event.
  await rest.core.billing.confirm(/cs_test_\w+/.exec(url)?.[0] ?? '');
  const account = await (await developer.ask('/v1/account')).json();
  expect(account).toMatchObject({ plan: { slug: 'premium', name: 'Premium' }, usage: { daily: { limit: 100 } } });
  expect(await refusal(await developer.ask('/v1/account/checkout', { json: {} }))).toEqual([
    409,
    'already_subscribed',
    expect.stringMatching(/^The account has Premium already.*POST \/v1\/account\/portal/),
  ]);
  const pack = await open(developer, { item: 'pack-50' });
  shop.stripe.pay(pack.url);
  await rest.core.billing.confirm(/cs_test_\w+/.exec(pack.url)?.[0] ?? '');
  expect((await (await developer.ask('/v1/account')).json()).usage.top_up).toEqual({ remaining: 50 });
  const portal = await (await developer.ask('/v1/account/portal', { method: 'POST' })).json();
  expect(portal).toEqual({ url: expect.stringContaining(`${shop.stripe.apiUrl}/p/session/`) });
  const text = await (await fetch(portal.url)).text();
  expect(text).toContain('Premium');
  expect(text).toContain(`href="${rest.url}/billing"`);
});

it('says what is on sale when something else is asked for, and where to buy when nothing was', async () => {
  const developer = await rest.developer();
  expect(await refusal(await developer.ask('/v1/account/checkout', { json: { item: 'gold' } }))).toEqual([
    404,
    'not_for_sale',
    '“gold” is not for sale here. On sale: premium, pack-50, pack-200.',
  ]);
  expect(await refusal(await developer.ask('/v1/account/portal', { method: 'POST' }))).toEqual([
    409,
    'nothing_bought',
    expect.stringContaining('POST /v1/account/checkout'),
  ]);
});

it('wants a key that may manage', async () => {
  const reader = await rest.developer({ scopes: ['read', 'generate'] });
  for (const page of ['checkout', 'portal'])
    expect((await refusal(await reader.ask(`/v1/account/${page}`, { json: {} }))).slice(0, 2)).toEqual([
      403,
      'scope_missing',
    ]);
  expect(await rest.core.database.prisma.checkout.count({ where: { accountId: reader.account.id } })).toBe(0);
});

it('says so while Stripe cannot be reached, is away, or nothing is for sale', async () => {
  const developer = await rest.developer();
  shop.stripe.setSecretKey('sk_test_another');
  expect((await refusal(await developer.ask('/v1/account/checkout', { json: {} }))).slice(0, 2)).toEqual([
    503,
    'payment_unavailable',
  ]);
  shop.stripe.setSecretKey(shop.stripe.secretKey);
  const off = await startTestRest();
  const other = await off.developer();
  for (const page of ['checkout', 'portal'])
    expect((await refusal(await other.ask(`/v1/account/${page}`, { json: {} }))).slice(0, 2)).toEqual([
      503,
      'sales_off',
    ]);
  await off.close();
});

it('opens no more pages for an account than anybody needs', async () => {
  const developer = await rest.developer();
  const statuses: number[] = [];
  for (let asked = 0; asked < 35; asked++)
    statuses.push((await developer.ask('/v1/account/checkout', { json: { item: 'pack-50' } })).status);
  expect(statuses.slice(0, 30)).toEqual(Array(30).fill(200));
  expect(statuses.at(-1)).toBe(429);
});

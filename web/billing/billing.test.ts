import { afterAll, beforeAll, expect, it } from 'vitest';
import { findFreePort } from '../../core/embedded/process.ts';
import { makeMember } from '../../test/support/core.ts';
import { type Shop, startShop } from '../../test/support/shop.ts';
import { createWeb } from '../index.ts';
import { createBillingPages } from './index.ts';

let shop: Shop;
let web: ReturnType<typeof createWeb>;
let url: string;
beforeAll(async () => {
  const PORT = String(await findFreePort());
  url = `http://127.0.0.1:${PORT}`;
  shop = await startShop({ environment: { PORT, PUBLIC_URL: url } });
  // Nothing is told but what is asked for here.
  shop.stripe.setDelivery('drop');
  web = createWeb({ core: shop.core, mounts: [{ path: '/', handler: createBillingPages({ core: shop.core }) }] });
  await web.start();
});
afterAll(async () => {
  await web.stop();
  await shop.close();
});

async function open(item = 'premium', locale = 'en') {
  const { account, userId } = await makeMember(shop.core);
  const replyTo = { platform: 'discord', userId } as const;
  const page = await shop.core.billing.openCheckout({ account, item, replyTo, locale });
  return { account, url: page.url, id: /cs_test_\w+/.exec(page.url)?.[0] ?? '' };
}
const show = async (query: string, path = '/billing/done', language = 'en') => {
  const response = await fetch(`${url}${path}${query}`, {
    headers: { 'accept-language': language, accept: 'text/html' },
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const say = (key: string, values = {}, locale = 'en') => shop.core.words.plain(locale, `paying.${key}`, values);

it('says what was bought to whoever comes back, though no event came, and whom it was not bought by', async () => {
  const bought = await open();
  shop.stripe.pay(bought.url);
  const other = await open('pack-50', 'es');
  shop.stripe.pay(other.url);
  const pack = await show(`?checkout=${other.id}`, undefined, 'de');
  expect(pack.text).toContain(say('done_title', {}, 'es'));
  expect(pack.text).toContain('<html lang="es">');
  expect(pack.text).toContain('Se han añadido 50 imágenes.');
  expect((await shop.core.accounts.get(bought.account.id)).planSlug).toBe('free');
  const done = await show(`?checkout=${bought.id}&look=3`);
  expect(done.text).toContain('<b>Premium is yours</b>');
  expect(done.text).toMatch(/It renews on <time datetime="[^"]+">/);
  expect(done.text).toContain(say('back_discord'));
  expect(done.text).not.toContain('http-equiv');
  expect((await shop.core.accounts.get(bought.account.id)).planSlug).toBe('premium');
  for (const { text, headers } of [pack, done]) {
    expect(text).not.toMatch(/@example\.com|cus_|sub_|<script|style=/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  }
});

it('asks Stripe once however many look at once, and not again at once', async () => {
  const { id } = await open('pack-200');
  const asked = () => shop.stripe.calls.length;
  const before = asked();
  await show(`?checkout=${id}`);
  const perLook = asked() - before;
  expect(perLook).toBeGreaterThan(0);
  await Promise.all(Array.from({ length: 20 }, () => show(`?checkout=${id}`)));
  expect(asked()).toBe(before + perLook);
});

it('looks again by itself, ever more seldom', async () => {
  const { id } = await open('pack-50');
  const refresh = async (look: string) =>
    /http-equiv="refresh" content="(\d+); url=([^"]*)"/.exec((await show(`?checkout=${id}${look}`)).text)?.slice(1);
  expect(await refresh('')).toEqual(['3', `/billing/done?checkout=${id}&amp;look=1`]);
  expect(await refresh('&look=5')).toEqual(['13', `/billing/done?checkout=${id}&amp;look=6`]);
  expect(await refresh('&look=1e99')).toEqual(['60', `/billing/done?checkout=${id}&amp;look=101`]);
  for (const look of ['&look=-7', '&look=%22%3E', '&look=1&look=2'])
    expect(await refresh(look)).toEqual(['3', `/billing/done?checkout=${id}&amp;look=1`]);
});

it('knows nothing of checkouts that are not its own, or long ago, and asks nobody about them', async () => {
  const old = await open('pack-50');
  await shop.core.database.prisma.checkout.update({
    where: { id: old.id },
    data: { createdAt: new Date(Date.now() - 31 * 86_400_000) },
  });
  const foreign = await shop.dashboard.checkout.sessions.create({
    mode: 'payment',
    line_items: [{ price: shop.prices.pack50, quantity: 1 }],
    success_url: 'https://elsewhere.example',
  });
  const before = shop.stripe.calls.length;
  const queries = [
    '',
    '?checkout=',
    `?checkout=${old.id}`,
    `?checkout=${foreign.id}`,
    `?checkout=${old.id.slice(0, -1)}`,
    '?checkout=cs_test_nothing',
    "?checkout=cs_'OR'1'='1",
    '?checkout=%00',
    `?checkout=cs_${'a'.repeat(5_000)}`,
    '?checkout=cs_1&checkout=cs_2',
    '?checkout[$gt]=',
    '?checkout=<script>alert(1)</script>',
  ];
  const answers = await Promise.all(queries.map((query) => show(query)));
  for (const { status, text } of answers) {
    expect(status).toBe(404);
    expect(text).toContain(say('missing_title'));
    expect(text).toBe(answers[0]?.text);
  }
  expect(shop.stripe.calls.length).toBe(before);
});

it('says when a page has closed, and when what was paid was given back', async () => {
  const closed = await open('pack-50');
  await shop.dashboard.checkout.sessions.expire(closed.id);
  expect((await show(`?checkout=${closed.id}`)).text).toContain(say('expired_title'));

  const returned = await open('pack-50');
  shop.stripe.pay(returned.url);
  expect((await show(`?checkout=${returned.id}`)).text).toContain(say('done_title'));
  const session = await shop.dashboard.checkout.sessions.retrieve(returned.id);
  await shop.dashboard.refunds.create({ payment_intent: String(session.payment_intent) });
  await shop.core.billing.syncCustomer(String(session.customer));
  expect((await show(`?checkout=${returned.id}`)).text).toContain(say('over_title'));
});

it('shows what is known while Stripe cannot be reached', async () => {
  const { id } = await open('pack-50');
  shop.stripe.setSecretKey('sk_test_another');
  const { status, text } = await show(`?checkout=${id}`);
  shop.stripe.setSecretKey(shop.stripe.secretKey);
  expect(status).toBe(200);
  expect(text).toContain(say('open_title'));
});

it.each([
  ['/billing/cancelled', 'cancelled'],
  ['/billing', 'returned'],
])('%s says what happened and where to go on, in the reader’s language', async (path, name) => {
  for (const language of ['en', 'es']) {
    const { status, text } = await show('', path, language);
    expect(status).toBe(200);
    expect(text).toContain(`<h1>${say(`${name}_title`, {}, language)}</h1>`);
    expect(text).toContain(`<a class="button" href="/">${say('back', {}, language)}</a>`);
  }
  const telegram = await show('?from=telegram', path);
  expect(telegram.text).toContain(say('back_telegram'));
  expect(telegram.text).not.toContain('href="/"');
  for (const from of ['?from=<b>', '?from=__proto__', '?from=telegram&from=discord'])
    expect((await show(from, path)).text).toBe((await show('', path)).text);
});

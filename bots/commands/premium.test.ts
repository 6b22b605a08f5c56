import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMember, makePlan, startTestCore } from '../../test/support/core.ts';
import { createPerson, createTestDispatch } from '../../test/support/person.ts';
import { type Shop, startShop } from '../../test/support/shop.ts';
import type { Reply } from '../chat.ts';

describe.each(['en', 'es'])('buying in chat (%s)', (locale) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await startShop();
  });
  afterAll(() => shop.close());

  const words = (key: string, values = {}) => shop.core.words.html(locale, key, values);
  const member = async (options: Parameters<typeof makeMember>[1] = {}) => {
    const { account, userId } = await makeMember(shop.core, options);
    return { account, person: createPerson(createTestDispatch(shop.core), { platform: 'web', userId, locale }) };
  };
  const labels = ({ buttons = [] }: Reply) =>
    buttons.flat().map((button) => createTestDispatch(shop.core).button(locale, button).label);
  const linkOf = ({ buttons = [] }: Reply) => {
    const button = buttons.flat().find((each) => 'href' in each);
    return button && 'href' in button ? button.href : '';
  };
  const prices =
    locale === 'en'
      ? ['Premium: $9.00 a month', '50 images: $5.00', '200 images: $15.00']
      : ['Premium: 9,00 US$ al mes', '50 images: 5,00 US$', '200 images: 15,00 US$'];
  const spaced = (texts: string[]) => texts.map((text) => text.replaceAll('\u00a0', ' '));

  it('shows what is on sale, what is more in it, and a button each', async () => {
    const { person } = await member();
    const shown = await person.type('/premium');
    expect(shown.private).toBe(true);
    for (const [key, max, now] of [
      ['images', 100, 20],
      ['at_once', 5, 2],
      ['minute', 30, 5],
    ])
      expect(shown.html).toContain(`• ${words(`sale.${key}_instead`, { max, now })}`);
    for (const key of ['pause_none', 'ahead']) expect(shown.html).toContain(`• ${words(`sale.${key}`)}`);
    expect(shown.html).toContain(`• ${words('sale.month', { max: 2000 })}`);
    expect(spaced(labels(shown))).toEqual(prices);
    for (const price of prices) expect(spaced([shown.text])[0]).toContain(price);
  });

  it('shows the operator’s own lines as they were written, and names no advantage that is none', async () => {
    const own = await makePlan(shop.core, { perDay: 500, perMinute: 100_000, priority: 1 });
    const { prisma } = shop.core.database;
    await prisma.plan.update({ where: { slug: 'premium' }, data: { description: 'Our <b>thanks</b>\n\nA mug' } });
    const { person } = await member({ plan: own });
    const shown = await person.type('/premium');
    expect(shown.text).toContain('• Our <b>thanks</b>\n• A mug');
    expect(shown.html).not.toContain(words('sale.ahead'));
    expect(shown.html).not.toContain(words('sale.pause_none'));
    await prisma.plan.update({ where: { slug: 'premium' }, data: { description: '' } });
  });

  it('opens the page to pay by a press or by name, the same one, and says how long it is open', async () => {
    const { person, account } = await member();
    const page = await person.press(await person.type('/premium'), 'buy', 'premium');
    expect(page.private).toBe(true);
    expect(linkOf(page)).toMatch(/\/c\/pay\/cs_test_/);
    expect(labels(page)).toEqual([words('buttons.pay')]);
    const { expiresAt } = await shop.core.database.prisma.checkout.findFirstOrThrow({
      where: { accountId: account.id },
    });
    expect(page.html).toContain(words('sale.page', { until: expiresAt }));
    for (const line of ['/premium premium', '/premium PREMIUM', '/premium Premium'])
      expect(linkOf(await person.type(line))).toBe(linkOf(page));
    const pack = await person.type('/premium 50');
    expect(linkOf(pack)).not.toBe(linkOf(page));
    for (const line of ['/premium pack-50', '/premium 50 images'])
      expect(linkOf(await person.type(line))).toBe(linkOf(pack));
  });

  it('completes what is typed to what is on sale', async () => {
    const { person } = await member();
    const dispatch = createTestDispatch(shop.core);
    const inbound = { platform: 'web', userId: person.userId, displayName: '', locale, requestId: '1' } as const;
    const suggest = (typed: string) =>
      dispatch.suggest({ ...inbound, replyTo: { platform: 'web' } }, 'premium', 'item', typed);
    expect((await suggest('')).map(({ value }) => value)).toEqual(['premium', 'pack-50', 'pack-200']);
    expect((await suggest('200')).map(({ value }) => value)).toEqual(['pack-200']);
  });

  it('shows guests what is on sale, and sells to members alone', async () => {
    const guest = createPerson(createTestDispatch(shop.core), { locale });
    const shown = await guest.type('/premium');
    expect(shown.html).toContain(words('sale.images_instead', { max: 100, now: 20 }));
    expect(shown.html).toContain(words('sale.guest'));
    expect(shown.buttons ?? []).toEqual([]);
    expect((await guest.type('/premium premium')).html).toBe(words('errors.not_linked'));
    expect((await guest.type('/billing')).html).toBe(words('errors.not_linked'));
  });

  it('refuses what is not for sale, and those who are suspended, but lets them stop paying', async () => {
    const { person, account } = await member();
    expect((await person.type('/premium gold <b>')).html).toBe(
      words('errors.not_for_sale', { item: 'gold <b>', near: '' }),
    );
    expect((await person.type('/billing')).html).toBe(words('errors.nothing_bought'));
    await person.type('/premium premium');
    await shop.core.accounts.setStatus(account.id, 'suspended');
    expect((await person.type('/premium premium')).html).toBe(words('errors.account_suspended'));
    expect(linkOf(await person.type('/billing'))).toContain('/p/session/');
  });

  it('leads to the portal by an address that is kept nowhere', async () => {
    const { person } = await member();
    await person.type('/premium premium');
    const reply = await person.type('/billing');
    expect(reply).toMatchObject({ private: true, html: words('sale.portal'), secret: linkOf(reply) });
    expect(linkOf(reply)).toContain('/p/session/');
  });

  const at = new Date(Date.now() + 9 * 86_400_000);
  const base = { status: 'active', currentPeriodEnd: at };
  const grace = new Date(Date.now() - 86_400_000);
  it.each([
    ['renews', at, base],
    ['ends', at, { ...base, cancelAt: at }],
    ['grace', new Date(grace.getTime() + 7 * 86_400_000), { ...base, status: 'past_due', pastDueSince: grace }],
    ['unpaid', null, { ...base, status: 'past_due', pastDueSince: new Date(grace.getTime() - 30 * 86_400_000) }],
    ['unpaid', null, { ...base, status: 'unpaid' }],
    ['paused', null, { ...base, collectionPaused: true }],
    ['paused', null, { ...base, status: 'paused' }],
    ['reversed', null, { ...base, paymentReversed: 'refunded' }],
  ])('says to subscribers how they stand: %s', async (state, date, given) => {
    const { person, account } = await member();
    await shop.core.database.prisma.subscription.create({
      data: {
        id: `sub_${crypto.randomUUID()}`,
        accountId: account.id,
        planSlug: 'premium',
        priceId: shop.prices.premium,
        amount: 900,
        currency: 'usd',
        interval: 'month',
        createdAt: new Date(),
        syncedAt: new Date(),
        ...given,
      },
    });
    const shown = await person.type('/premium');
    expect(shown.html).toContain(words(`standing.${state}`, { plan: 'Premium', at: date }));
    expect(spaced(labels(shown))).toEqual(prices.slice(1));
  });

  it('says what the operator gave, and sells on only what ends', async () => {
    const { person, account } = await member();
    const give = (until: Date | null) =>
      shop.core.billing.grantPlan({ accountId: account.id, planSlug: 'premium', until, reason: '' });
    await give(at);
    const ending = await person.type('/premium');
    expect(ending.html).toContain(words('standing.given', { plan: 'Premium', at }));
    expect(ending.html).toContain(words('sale.images', { max: 100 }));
    expect(spaced(labels(ending))).toEqual(prices);
    await give(null);
    const lasting = await person.type('/premium');
    expect(lasting.html).toContain(words('standing.given_for_good', { plan: 'Premium' }));
    expect(spaced(labels(lasting))).toEqual(prices.slice(1));
    expect((await person.type('/premium premium')).html).toBe(words('errors.already_subscribed', { plan: 'Premium' }));
    const { person: owner } = await member({ plan: 'premium' });
    expect(spaced(labels(await owner.type('/premium')))).toEqual(prices.slice(1));
    expect((await owner.type('/premium premium')).html).toBe(words('errors.already_subscribed', { plan: 'Premium' }));
  });

  it('says that nothing is for sale where nothing is', async () => {
    const off = await startTestCore();
    const { userId } = await makeMember(off.core);
    const person = createPerson(createTestDispatch(off.core), { platform: 'web', userId, locale });
    for (const line of ['/premium', '/premium premium', '/billing'])
      expect(await person.type(line)).toMatchObject({ private: true, html: words('errors.sales_off') });
    await off.close();
  });

  it('says so when Stripe cannot be reached, and how one stands all the same', async () => {
    const { stripe, another } = shop;
    const { person, account } = await member();
    await shop.core.billing.grantPlan({ accountId: account.id, planSlug: 'premium', until: at, reason: '' });
    // One that remembers no prices.
    const elsewhere = await another();
    const given = createPerson(createTestDispatch(elsewhere), { platform: 'web', userId: person.userId, locale });
    const { userId } = await makeMember(shop.core);
    const plain = createPerson(createTestDispatch(elsewhere), { platform: 'web', userId, locale });
    stripe.setSecretKey('sk_test_another');
    expect((await given.type('/premium')).html).toBe(
      `${words('standing.given', { plan: 'Premium', at })}\n\n${words('sale.prices_away')}`,
    );
    expect((await plain.type('/premium')).html).toBe(words('errors.payment_unavailable'));
    stripe.setSecretKey(stripe.secretKey);
  });
});

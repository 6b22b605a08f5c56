import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readMarkdown } from '../../bots/discord/read-markdown.ts';
import { findFreePort } from '../../core/embedded/process.ts';
import type { Platform } from '../../core/index.ts';
import { checkAnswersAgainstSpec, checkCallsAgainstSpec } from '../emulators/discord/validate-calls.ts';
import { validateCalls } from '../emulators/telegram/validate-calls.ts';
import { launchBrowser } from '../support/browser.ts';
import { openStripe, sellPacks } from '../support/shop.ts';
import { type Easel, startWholeEasel } from './easel.ts';

const patience = { timeout: 15_000, interval: 50 };

let easel: Easel;
let shop: Awaited<ReturnType<typeof openStripe>>;
let browser: Browser;
beforeAll(async () => {
  const port = String(await findFreePort());
  shop = await openStripe();
  const environment = { ...shop.environment, PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` };
  [easel, browser] = await Promise.all([startWholeEasel({ environment }), launchBrowser()]);
  await sellPacks(easel.test.core, shop.prices);
  shop.stripe.setWebhook(`${easel.url}/webhooks/stripe`);
});
afterAll(async () => {
  await browser?.close();
  await easel?.close();
  await shop?.stripe.close();
});

async function link(platform: Platform, platformUserId: string): Promise<string> {
  const { prisma } = easel.test.core.database;
  const accountId = crypto.randomUUID();
  await prisma.account.create({ data: { id: accountId, email: `${accountId}@example.com` } });
  await prisma.identity.create({ data: { id: crypto.randomUUID(), platform, platformUserId, accountId } });
  await easel.test.core.accounts.announce();
  return accountId;
}

/** A member of their own, with the web chat open. */
async function openChat(): Promise<Page> {
  const page = await browser.newPage({ locale: 'en-US' });
  await page.goto(easel.url);
  const [cookie] = await page.context().cookies();
  await link('web', cookie?.value.split('.')[0] ?? '');
  await page.reload();
  return page;
}

async function say(page: Page, text: string): Promise<void> {
  await page.locator('#text').fill(text);
  await page.keyboard.press('Enter');
}
const lines = (page: Page, text: string) => page.locator('article.easel').filter({ hasText: text });
const hears = (page: Page, text: string) => lines(page, text).last().waitFor();

/** The chat's script must be there before anything is typed. */
async function goBack(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Back to the chat' }).click();
  await page.waitForURL(`${easel.url}/`);
}

async function payBy(page: Page, card: string): Promise<void> {
  await page.getByLabel('Card number').fill(card);
  await page.getByLabel('Expiration').fill('12 / 40');
  await page.getByLabel('CVC').fill('123');
  await page.locator('button[value=pay]').click();
}

it('is bought in the web chat: shown, paid by card, confirmed, told, and there', { timeout: 90_000 }, async () => {
  const page = await openChat();
  await say(page, '/quota');
  await hears(page, 'of 20 images');
  await say(page, '/premium');
  await hears(page, 'Premium: $9.00 a month');
  await hears(page, '100 images a day instead of 20');
  await lines(page, '50 images: $5.00').getByRole('button', { name: 'Premium: $9.00 a month' }).click();
  await hears(page, 'you are told in this chat');
  await page.getByRole('link', { name: 'Pay' }).click();
  await page.waitForURL(/\/c\/pay\/cs_test_/);
  await payBy(page, '4000 0000 0000 0002');
  await page.getByText('Your card was declined.').waitFor();
  await payBy(page, '4242 4242 4242 4242');
  await page.getByRole('heading', { name: 'Your payment is in' }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/billing/done');
  await page.getByText('Premium is yours').waitFor();
  await goBack(page);
  await hears(page, 'Your payment is in: Premium is yours.');
  expect(await lines(page, 'Your payment is in').count()).toBe(1);
  await say(page, '/quota');
  await hears(page, 'of 100 images');

  await say(page, '/premium');
  await hears(page, 'You have Premium. It renews on');
  await say(page, '/premium premium');
  await hears(page, 'You have Premium already, so nothing was charged.');

  await say(page, '/premium 50');
  await lines(page, 'you are told in this chat').nth(1).getByRole('link', { name: 'Pay' }).click();
  await page.waitForURL(/\/c\/pay\/cs_test_/);
  await payBy(page, '4242 4242 4242 4242');
  await page.getByText('50 images were added.').waitFor();
  await goBack(page);
  await hears(page, 'Thank you! 50 images were added.');
  await say(page, '/quota');
  await hears(page, '50 extra images');

  await say(page, '/billing');
  await page.getByRole('link', { name: 'Open the billing page' }).click();
  await page.getByRole('button', { name: 'Cancel subscription' }).click();
  await page.getByText('Cancels on').waitFor();
  await page.getByRole('link', { name: 'Return' }).click();
  await page.getByRole('heading', { name: 'Back from billing' }).waitFor();
  await goBack(page);
  // The address of the portal is nobody's but who asked, once.
  await hears(page, 'on a page of Stripe');
  expect(await page.getByRole('link', { name: 'Open the billing page' }).count()).toBe(0);
  await shop.stripe.settled();
  await vi.waitFor(async () => {
    await say(page, '/premium');
    await lines(page, 'It is cancelled, so nothing more is charged').last().waitFor({ timeout: 1_000 });
  }, patience);
  await page.close();
});

it('is confirmed by its page though no event ever comes', { timeout: 60_000 }, async () => {
  shop.stripe.setDelivery('drop');
  const page = await openChat();
  await say(page, '/premium premium');
  await page.getByRole('link', { name: 'Pay' }).click();
  await payBy(page, '4242 4242 4242 4242');
  await page.getByText('Premium is yours').waitFor();
  await goBack(page);
  await hears(page, 'Your payment is in: Premium is yours.');
  await page.close();
});

it('looks again by itself while the money is on its way, and has it once it is there', {
  timeout: 60_000,
}, async () => {
  const page = await openChat();
  await say(page, '/premium 200');
  const href = (await page.getByRole('link', { name: 'Pay' }).getAttribute('href')) ?? '';
  const id = /cs_test_\w+/.exec(href)?.[0] ?? '';
  await page.goto(`${easel.url}/billing/done?checkout=${id}`);
  await page.getByRole('heading', { name: 'Not paid yet' }).waitFor();
  expect(await page.getByRole('link', { name: 'Go on to the payment' }).getAttribute('href')).toBe(href);
  shop.stripe.payLater(href);
  await page.getByRole('heading', { name: 'Your payment is being confirmed' }).waitFor({ timeout: 20_000 });
  shop.stripe.settlePayment(href, 'succeeded');
  await page.getByText('200 images were added.').waitFor({ timeout: 20_000 });
  shop.stripe.setDelivery('normal');
  await page.close();
});

it('costs nothing when the page to pay on is left, and that page is the same one next time', async () => {
  const page = await openChat();
  await say(page, '/premium 50');
  const pay = page.getByRole('link', { name: 'Pay' });
  const first = await pay.getAttribute('href');
  await pay.click();
  await page.getByRole('link', { name: 'Back' }).click();
  await page.getByRole('heading', { name: 'Nothing was charged' }).waitFor();
  await goBack(page);
  await say(page, '/premium 50');
  await vi.waitFor(async () => expect(await pay.count()).toBe(2), patience);
  expect(await pay.last().getAttribute('href')).toBe(first);
  await page.close();
});

it('is bought and told on Discord, for the asker alone, where it was asked', { timeout: 60_000 }, async () => {
  const { discord } = easel;
  const [user, other] = [discord.user({ username: 'ada', locale: 'en-US' }), discord.user({ username: 'bob' })];
  await link('discord', user.id);
  const channel = discord.guildChannel({});
  const asked = await user.command('premium', {}, { channel });
  const offer = await asked.reply();
  expect(offer.ephemeral).toBe(true);
  expect(readMarkdown(offer.content).text).toContain('100 images a day instead of 20');
  expect(offer.buttons.map(({ label }) => label)).toEqual([
    'Premium: $9.00 a month',
    '50 images: $5.00',
    '200 images: $15.00',
  ]);
  const pressed = await user.click(offer, 'Premium: $9.00 a month');
  const page = await pressed.reply();
  expect(page).toMatchObject({ ephemeral: true, buttons: [{ label: 'Pay', style: 5 }] });
  shop.stripe.pay(page.buttons[0]?.url ?? '');
  const told = await pressed.followUp(() => true, { timeout: 15_000 });
  expect(told).toMatchObject({ ephemeral: true, content: expect.stringContaining('Your payment is in') });
  const status = await (await user.command('premium', {}, { channel })).reply();
  expect(readMarkdown(status.content).text).toContain('You have Premium.');
  expect(status.buttons.map(({ label }) => label)).toEqual(['50 images: $5.00', '200 images: $15.00']);
  const billing = await (await user.command('billing', {}, { channel })).reply();
  expect(billing).toMatchObject({ ephemeral: true, buttons: [{ label: 'Open the billing page', style: 5 }] });
  const portal = await (await fetch(billing.buttons[0]?.url ?? '')).text();
  expect(portal).toContain(`${easel.url}/billing?from=discord`);
  expect(other.sees({ channel })).toEqual([]);
});

it('is bought and told on Telegram, in the private chat', { timeout: 60_000 }, async () => {
  const ada = { id: 4711, first_name: 'Ada', language_code: 'es' };
  const [user, chat] = [easel.telegram.user(ada), easel.telegram.privateChat(ada)];
  await link('telegram', String(ada.id));
  await user.send(chat, '/premium');
  const offer = await chat.nextMessage();
  expect(offer.text).toContain('100 imágenes al día en vez de 20');
  expect(offer.keyboard.map(([button]) => button?.text?.replaceAll(/\s/g, ' '))).toEqual([
    'Premium: 9,00 US$ al mes',
    '50 images: 5,00 US$',
    '200 images: 15,00 US$',
  ]);
  await user.press(offer, offer.keyboard[1]?.[0]?.text ?? '');
  const page = await chat.nextMessage();
  expect(page.keyboard).toMatchObject([[{ text: 'Pagar', url: expect.stringContaining('/c/pay/cs_test_') }]]);
  shop.stripe.pay(page.keyboard[0]?.[0]?.url ?? '');
  const told = await chat.nextMessage();
  expect(told.text).toContain('¡Gracias! Se han añadido 50 imágenes.');
});

it('never has two pages open for one account, however often it is asked for', { timeout: 60_000 }, async () => {
  const { core } = easel.test;
  const accountId = await link('web', crypto.randomUUID());
  const account = await core.accounts.get(accountId);
  const ask = (item: string) => core.billing.openCheckout({ account, item, replyTo: null, locale: 'en' });
  const open = async () => {
    const { stripeCustomerId: customer } = await core.database.prisma.account.findUniqueOrThrow({
      where: { id: accountId },
    });
    const sessions = await shop.dashboard.checkout.sessions.list({ customer: customer ?? '', status: 'open' });
    return sessions.data.map(({ url }) => url);
  };
  const pages = await Promise.all(Array.from({ length: 50 }, () => ask('premium')));
  expect(new Set(pages.map(({ url }) => url)).size).toBe(1);
  expect(await open()).toEqual([pages[0]?.url]);
  const pack = await ask('pack-50');
  expect(await open()).toEqual([pack.url]);
  const mixed = await Promise.all(['premium', 'pack-50', 'pack-200', 'premium'].map(ask));
  expect(mixed.map(({ url }) => url)).toContain((await open())[0]);
  expect(await open()).toHaveLength(1);
});

it('made only calls that Discord and Telegram describe', (context) => {
  expect(easel.telegram.violations).toEqual([]);
  const checked = validateCalls([...easel.telegram.calls]);
  if (checked.ran) expect(checked.faults).toEqual([]);
  checkCallsAgainstSpec(context, easel.discord.calls);
  checkAnswersAgainstSpec(context, easel.discord.calls);
});

it('wrote no address of a page to pay or manage on, and nobody’s own, into the log', () => {
  expect(easel.test.logged.join('\n')).not.toMatch(/\/c\/pay\/|\/p\/session\/|@example\.com|whsec_|sk_test/);
});

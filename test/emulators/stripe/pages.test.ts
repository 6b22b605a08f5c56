import type { Browser, Page } from 'playwright-core';
import type Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { launchBrowser } from '../../support/browser.ts';
import { connect, makeSession, refusalOf, startReceiver } from './client-for-test.ts';
import { type StripeEmulator, startStripe } from './index.ts';

let emulator: StripeEmulator;
let client: Stripe;
let browser: Browser;
let page: Page;
let shop: Awaited<ReturnType<typeof startReceiver>>;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  shop = await startReceiver();
  emulator = await startStripe();
  client = connect(emulator);
  page = await browser.newPage();
});
afterEach(async () => {
  await page.close();
  await emulator.close();
  shop.close();
});

test('a person pays at the checkout page, and comes back with the session', async () => {
  const session = await makeSession(client, {
    success_url: `${shop.url}?session={CHECKOUT_SESSION_ID}`,
    cancel_url: `${shop.url}?cancelled`,
  });
  await page.goto(session.url ?? '');
  expect(await page.getByRole('listitem').textContent()).toBe('Premium: $9.00 per month');
  expect(await page.getByLabel('Email').inputValue()).toBe('fox@example.com');
  expect(await page.getByRole('link', { name: 'Back' }).getAttribute('href')).toBe(`${shop.url}?cancelled`);
  await page.getByLabel('Card number').fill('4000 0000 0000 0002');
  await page.getByRole('button', { name: 'Subscribe' }).click();
  expect(await page.getByRole('alert').textContent()).toBe('Your card was declined.');
  await page.getByLabel('Card number').fill('4242 4242 4242 4242');
  await page.getByRole('button', { name: 'Subscribe' }).click();
  await page.waitForURL(`${shop.url}?session=${session.id}`);
  expect((await client.subscriptions.list()).data[0]?.status).toBe('active');
  await page.goto(session.url ?? '');
  expect(await page.getByRole('main').textContent()).toContain("You're all done here");
});

test('a promotion code is tried before paying', async () => {
  const coupon = await client.coupons.create({ percent_off: 50 });
  await client.promotionCodes.create({ code: 'FOXES', promotion: { type: 'coupon', coupon: coupon.id } });
  await page.goto((await makeSession(client, { allow_promotion_codes: true })).url ?? '');
  await page.getByLabel('Promotion code').fill('foxes');
  await page.getByRole('button', { name: 'Apply' }).click();
  expect(await page.getByRole('main').textContent()).toContain('Total due today: $4.50');
});

test('the portal shows, cancels, resumes, changes the card, and leads back', async () => {
  const { id, customer } = await makeSession(client);
  emulator.pay(id);
  const portal = await client.billingPortal.sessions.create({ customer: String(customer), return_url: shop.url });
  const subscription = async () => (await client.subscriptions.list({ customer: String(customer) })).data[0];
  await page.goto(portal.url);
  expect(await page.getByRole('main').textContent()).toContain('Premium: $9.00 (active)');
  await page.getByRole('button', { name: 'Cancel subscription' }).click();
  await page.getByRole('button', { name: 'Resume subscription' }).waitFor();
  expect((await subscription())?.cancel_at_period_end).toBe(true);
  await page.getByRole('button', { name: 'Resume subscription' }).click();
  await page.getByRole('button', { name: 'Cancel subscription' }).waitFor();
  expect((await subscription())?.cancel_at_period_end).toBe(false);
  await page.getByLabel('New card number').fill('5555555555554444');
  await page.getByRole('button', { name: 'Change card' }).click();
  expect(await page.getByRole('main').textContent()).toContain('mastercard •••• 4444');
  expect(await page.getByRole('link', { name: 'Return' }).getAttribute('href')).toBe(shop.url);
});

test('a portal session for cancelling shows that alone', async () => {
  const { id, customer } = await makeSession(client);
  emulator.pay(id);
  const [subscription] = (await client.subscriptions.list()).data;
  const { url } = await client.billingPortal.sessions.create({
    customer: String(customer),
    flow_data: { type: 'subscription_cancel', subscription_cancel: { subscription: subscription?.id ?? '' } },
  });
  await page.goto(url);
  expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual(['Current subscription']);
});

test('an invoice that is owed is paid at its page', async () => {
  const { id, customer } = await makeSession(client);
  emulator.pay(id, { card: '4000000000000341' });
  emulator.advance(29 * 86_400);
  emulator.advance(3 * 86_400);
  const [invoice] = (await client.invoices.list({ customer: String(customer) })).data;
  expect(invoice?.status).toBe('open');
  await page.goto(invoice?.hosted_invoice_url ?? '');
  await page.getByLabel('Card number').fill('4242424242424242');
  await page.getByRole('button', { name: 'Pay' }).click();
  expect(await page.getByRole('main').textContent()).toContain('$9.00 (paid)');
  expect((await client.subscriptions.list()).data[0]?.status).toBe('active');
});

test('a portal address is opened within five minutes and lasts an hour', async () => {
  const { id: customer } = await client.customers.create();
  const open = async (url: string) => (await fetch(url)).status;
  const [unused, used] = [
    await client.billingPortal.sessions.create({ customer }),
    await client.billingPortal.sessions.create({ customer }),
  ];
  expect(await open(used.url)).toBe(200);
  emulator.advance(6 * 60);
  expect(await open(unused.url)).toBe(404);
  expect(await open(used.url)).toBe(200);
  emulator.advance(61 * 60);
  expect(await open(used.url)).toBe(404);
  emulator.setPortalConfigured(false);
  expect((await refusalOf(client.billingPortal.sessions.create({ customer }))).message).toContain('No configuration');
});

import { Secret, TOTP } from 'otpauth';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFreePort } from '../../core/embedded/process.ts';
import { ensureOperator } from '../../core/index.ts';
import { type Running, startRoles } from '../../start/roles.ts';
import { findBarriers } from '../support/accessibility.ts';
import { launchBrowser } from '../support/browser.ts';
import { startTestCore, type TestCore } from '../support/core.ts';

let service: TestCore;
let running: Running;
let browser: Browser;
let url: string;
/** Codes belong to steps of 30 seconds, and waiting for the next would be long: the service's clock is put forward. */
let ahead = 0;
const email = 'operator@example.com';
const password = 'correct horse battery';

beforeAll(async () => {
  const port = String(await findFreePort());
  service = await startTestCore({
    clock: () => new Date(Date.now() + ahead),
    environment: {
      NODE_ENV: 'production',
      SECRET_KEY: 'a key for tests, of enough characters',
      PORT: port,
      PUBLIC_URL: `http://localhost:${port}`,
      ADMIN_EMAIL: email,
      ADMIN_PASSWORD: password,
    },
  });
  const { core } = service;
  await ensureOperator({ database: core.database, settings: core.settings, clock: () => new Date() });
  [running, browser] = await Promise.all([startRoles({ core, roles: ['admin'] }), launchBrowser()]);
  url = running.url as string;
});
afterAll(async () => {
  await browser.close();
  await running.stop();
  await service.close();
});

/** A page that notes what breaks in it and what it asks of others. */
async function openPage(context: BrowserContext, troubles: string[]): Promise<Page> {
  const page = await context.newPage();
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) troubles.push(`asks ${request.url()}`);
  });
  page.on('pageerror', (error) => troubles.push(error.message));
  return page;
}

async function typePassword(page: Page): Promise<void> {
  await page.goto(`${url}/admin`);
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** In both colours. */
async function expectNoBarriers(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await findBarriers(page), `${page.url()} ${colorScheme}`).toEqual([]);
  }
}

function codeOf(secret: string): string {
  return TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: Date.now() + ahead });
}

test('in production an operator sets up a second factor before the panel opens, and then signs in with it', async () => {
  const troubles: string[] = [];
  const desk = await browser.newContext({ viewport: { width: 1400, height: 1200 } });
  const page = await openPage(desk, troubles);
  await page.goto(`${url}/sign-in`);
  await expectNoBarriers(page);
  await typePassword(page);
  await page.getByRole('heading', { name: 'Set up a second factor' }).waitFor();
  expect(await page.locator('svg.qr').isVisible()).toBe(true);
  const secret = ((await page.locator('.secret').textContent()) as string).replaceAll(' ', '');
  // Nothing else opens meanwhile.
  await page.goto(`${url}/admin/resources/Account`);
  expect(page.url()).toBe(`${url}/security/second-factor`);
  await page.goto(`${url}/security/password`);
  expect(page.url()).toBe(`${url}/security/second-factor`);
  // Phones reload a page that one comes back to: what was scanned must still be right.
  expect(((await page.locator('.secret').textContent()) as string).replaceAll(' ', '')).toBe(secret);

  const field = page.getByLabel('The code that the app shows now');
  await field.fill('000000');
  await page.getByRole('button', { name: 'Confirm' }).click();
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  expect(await page.getByRole('alert').textContent()).toContain("isn't right");
  await expectNoBarriers(page);
  const first = codeOf(secret);
  await field.fill(first);
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('Write these down').waitFor();
  const spare = await page.locator('.codes code').allTextContents();
  expect(spare).toHaveLength(10);
  await expectNoBarriers(page);
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();

  const phone = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const second = await openPage(phone, troubles);
  await typePassword(second);
  const code = second.getByLabel('Six-digit code');
  await expectNoBarriers(second);
  // The code that set it up is used.
  await code.fill(first);
  await second.getByRole('button', { name: 'Sign in' }).click();
  expect(await second.getByRole('alert').textContent()).toContain('used already');
  expect((await phone.request.get(`${url}/admin/api/dashboard`)).status()).toBe(401);
  ahead += 30_000;
  await code.fill(codeOf(secret));
  await second.getByRole('button', { name: 'Sign in' }).click();
  await second.waitForURL(`${url}/admin`);

  await second.goto(`${url}/security`);
  expect(await second.locator('.sessions li').count()).toBe(2);
  expect(await second.locator('.sessions li').first().textContent()).toContain('This one');
  await expectNoBarriers(second);
  await second.getByRole('button', { name: 'End all others' }).click();
  await second.getByText('You are signed out everywhere else.').waitFor();
  expect(await second.locator('.sessions li').count()).toBe(1);
  await page.goto(`${url}/admin`);
  expect(page.url()).toContain('/sign-in');

  await typePassword(page);
  await page.getByText('Use a recovery code instead').click();
  await page.getByLabel('Recovery code').fill((spare[3] as string).toLowerCase().replace('-', ' '));
  await page.getByRole('button', { name: 'Use this recovery code' }).click();
  await page.getByText('that recovery code is used up').waitFor();
  expect(await page.getByText('9 recovery codes are left').isVisible()).toBe(true);
  for (const path of ['/security/second-factor', '/security/password', '/sign-out']) {
    await page.goto(url + path);
    await expectNoBarriers(page);
  }
  expect(troubles).toEqual([]);
  expect(service.logged.join('\n')).not.toMatch(new RegExp(`${secret}|${email}|${spare.join('|')}`));
  await Promise.all([desk.close(), phone.close()]);
});

import { hash } from '@node-rs/argon2';
import { Secret, TOTP } from 'otpauth';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { passwordParameters } from '../../core/accounts/operator.ts';
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

async function typePassword(page: Page, name = email): Promise<void> {
  await page.goto(`${url}/admin`);
  await page.getByLabel('Email address').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

function codeOf(secret: string): string {
  return TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: Date.now() + ahead });
}

test('in production an operator sets up a second factor before the panel opens', async () => {
  const troubles: string[] = [];
  const context = await browser.newContext();
  const page = await openPage(context, troubles);
  await typePassword(page);
  await page.getByRole('heading', { name: 'Set up a second factor' }).waitFor();
  expect(await page.locator('svg.qr').isVisible()).toBe(true);
  const secret = await readSecret(page);
  // Nothing else opens meanwhile.
  for (const path of ['/admin/resources/Account', '/security/password']) {
    await page.goto(url + path);
    expect(page.url()).toBe(`${url}/security/second-factor`);
  }
  // Phones reload a page that one comes back to: what was scanned must still be right.
  expect(await readSecret(page)).toBe(secret);

  const field = page.getByLabel('The code that the app shows now');
  await field.fill('000000');
  await page.getByRole('button', { name: 'Confirm' }).click();
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  expect(await page.getByRole('alert').textContent()).toContain("isn't right");
  await field.fill(codeOf(secret));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('Write these down').waitFor();
  const spare = await page.locator('.codes code').allTextContents();
  expect(spare).toHaveLength(10);
  expect(await page.getByRole('link', { name: 'I have kept them' }).getAttribute('href')).toBe('/admin');
  expect((await context.request.get(`${url}/admin/api/dashboard`)).status()).toBe(200);
  expect(troubles).toEqual([]);
  expect(service.logged.join('\n')).not.toMatch(new RegExp([secret, email, ...spare].join('|')));
  await context.close();
});

test('an operator signs in with the second factor, ends other sessions, and falls back on a recovery code', async () => {
  const { secondFactor } = service.core.accounts;
  const troubles: string[] = [];
  const account = await makeStaff();
  const { secret } = secondFactor.propose(account, 'a browser');
  const first = codeOf(secret);
  const { codes } = await secondFactor.enrol(account, 'a browser', first);
  const desk = await browser.newContext();
  const page = await openPage(desk, troubles);
  await typePassword(page, account.email);
  const code = page.getByLabel('Six-digit code');
  // The code that set it up is used.
  await code.fill(first);
  await page.getByRole('button', { name: 'Sign in' }).click();
  expect(await page.getByRole('alert').textContent()).toContain('used already');
  expect((await desk.request.get(`${url}/admin/api/dashboard`)).status()).toBe(401);
  ahead += 30_000;
  await code.fill(codeOf(secret));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();

  const phone = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const second = await openPage(phone, troubles);
  await typePassword(second, account.email);
  await second.getByText('Use a recovery code instead').click();
  await second.getByLabel('Recovery code').fill(`${codes[3]}`.toLowerCase().replace('-', ' '));
  await second.getByRole('button', { name: 'Use this recovery code' }).click();
  await second.getByText('that recovery code is used up').waitFor();
  expect(await second.getByText('9 recovery codes are left').isVisible()).toBe(true);
  expect(await second.locator('.sessions li').count()).toBe(2);
  expect(await second.locator('.sessions li').first().textContent()).toContain('This one');
  await second.getByRole('button', { name: 'End all others' }).click();
  await second.getByText('You are signed out everywhere else.').waitFor();
  expect(await second.locator('.sessions li').count()).toBe(1);
  await page.goto(`${url}/admin`);
  expect(page.url()).toContain('/sign-in');
  expect(troubles).toEqual([]);
  await Promise.all([desk.close(), phone.close()]);
});

test('every page can be used by everybody, in both colours', async () => {
  const account = await makeStaff();
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.goto(`${url}/sign-in`);
  await expectNoBarriers(page);
  await typePassword(page, account.email);
  await page.getByLabel('The code that the app shows now').fill('000000');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await expectNoBarriers(page);
  await page.getByLabel('The code that the app shows now').fill(codeOf(await readSecret(page)));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('Write these down').waitFor();
  await expectNoBarriers(page);
  for (const path of ['/security', '/security/second-factor', '/security/password', '/sign-out']) {
    await page.goto(url + path);
    await expectNoBarriers(page);
  }
  await context.clearCookies();
  await typePassword(page, account.email);
  await page.getByLabel('Recovery code').waitFor({ state: 'attached' });
  await expectNoBarriers(page);
  await context.close();
});

async function makeStaff(): Promise<{ id: string; email: string }> {
  const id = crypto.randomUUID();
  const account = { id, email: `${id}@example.com` };
  const passwordHash = await hash(password, passwordParameters);
  await service.core.database.prisma.account.create({ data: { ...account, role: 'viewer', passwordHash } });
  return account;
}

async function readSecret(page: Page): Promise<string> {
  return `${await page.locator('.secret').textContent()}`.replaceAll(' ', '');
}

/** In both colours. */
async function expectNoBarriers(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await findBarriers(page), `${page.url()} ${colorScheme}`).toEqual([]);
  }
}

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureOperator } from '../../core/index.ts';
import { type Running, startRoles } from '../../start/roles.ts';
import { launchBrowser } from '../support/browser.ts';
import { makeMember, startTestCore, type TestCore } from '../support/core.ts';

let service: TestCore;
let running: Running;
let browser: Browser;
let url: string;
const email = 'operator@example.com';
const password = 'correct horse battery';
const resources = ['Account', 'Plan', 'ApiKey', 'Generation', 'InputImage', 'WebhookEndpoint', 'WebhookAttempt'];

beforeAll(async () => {
  service = await startTestCore({
    environment: {
      PORT: '0',
      PUBLIC_URL: '',
      ADMIN_EMAIL: email,
      ADMIN_PASSWORD: password,
    },
  });
  const { core } = service;
  await ensureOperator({ database: core.database, settings: core.settings, clock: () => new Date() });
  [running, browser] = await Promise.all([startRoles({ core, roles: ['web', 'admin'] }), launchBrowser()]);
  url = running.url as string;
});
afterAll(async () => {
  await browser?.close();
  await running?.stop();
  await service?.close();
});

/** A page that notes what it asks of others, what breaks in it, and what is refused. */
async function openPage(): Promise<{ page: Page; troubles: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1500, height: 1400 } });
  const troubles: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) troubles.push(`asks ${request.url()}`);
  });
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  return { page, troubles };
}

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('the first operator signs in, sees who is here, and stops somebody', async () => {
  const { core } = service;
  const { account, userId } = await makeMember(core);
  const { page, troubles } = await openPage();
  await page.goto(`${url}/admin/resources/Account`);
  expect(new URL(page.url()).pathname).toBe('/sign-in');
  await signIn(page);
  await page.getByText(account.email).click();
  await page.getByRole('link', { name: 'Suspend' }).click();
  await page.getByRole('button', { name: 'Suspend the account' }).click();
  await page.getByText('The account is suspended.').waitFor();
  const suspended = await core.accounts.find('web', userId);
  expect(suspended?.status).toBe('suspended');
  await expect(
    core.generations.request({
      account: suspended as NonNullable<typeof suspended>,
      source: 'web',
      requestId: 'after',
      input: { prompt: 'a red fox' },
      locale: 'en',
      replyTo: null,
    }),
  ).rejects.toMatchObject({ code: 'account_suspended' });
  expect(troubles).toEqual([]);
  await page.close();
});

test('a plan is edited in its form, where what is wrong is told at every field', async () => {
  const { page, troubles } = await openPage();
  await page.goto(`${url}/admin/resources/Plan/records/free/edit`);
  await signIn(page);
  for (const [field, value] of [
    ['perDay', '-7'],
    ['perMinute', '-1'],
  ])
    await page.locator(`input[name=${field}]`).fill(value as string);
  await page.getByRole('button', { name: 'Save' }).click();
  for (const field of ['perDay', 'perMinute'])
    await page.locator(`[data-testid=property-edit-${field}]`).getByText('Must be 0 or more.').waitFor();
  // The first of them is where one goes on typing.
  await page.locator('input[name=perDay]:focus').fill('7');
  await page.locator('input[name=perMinute]').fill('5');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(`${url}/admin/resources/Plan*`);
  expect(await service.core.database.prisma.plan.findUnique({ where: { slug: 'free' } })).toMatchObject({ perDay: 7 });
  expect(troubles).toEqual([]);
  await page.close();
});

test('an API key is made in its form, shown once, and revoked', async () => {
  const { core } = service;
  const { account } = await makeMember(core);
  const { page, troubles } = await openPage();
  await page.goto(`${url}/admin/resources/ApiKey/actions/new`);
  await signIn(page);
  await page.locator('[data-testid=property-edit-account] input').fill(account.email);
  await page.getByText(account.email, { exact: true }).click();
  await page.locator('input[name=name]').fill('for Ada');
  await page.getByLabel('Make keys and webhook endpoints').uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  const shown = page.getByLabel('It is shown only this once');
  await shown.waitFor();
  const secret = await shown.inputValue();
  expect(await core.apiKeys.verify(secret, '::1')).toMatchObject({ key: { scopes: ['generate', 'read'] } });
  const [key] = await core.apiKeys.list(account.id);
  await page.goto(`${url}/admin/resources/ApiKey/records/${key?.id}/show`);
  await page.getByText('for Ada').first().waitFor();
  expect(await page.content()).not.toContain(secret);
  await page.getByRole('link', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Revoke the key' }).click();
  await page.getByText('The key is revoked.').waitFor();
  await expect(core.apiKeys.verify(secret, '::1')).rejects.toMatchObject({ code: 'key_revoked' });
  expect(troubles).toEqual([]);
  await page.close();
});

test('a deed in the middle of which something died says so in the audit, and leads to whom it was done', async () => {
  const { account } = await makeMember(service.core);
  await service.core.database.prisma.auditEntry.create({
    data: {
      ...{ actorId: crypto.randomUUID(), actorName: 'olive@example.com', action: 'Account.merge' },
      ...{ subjectType: 'Account', subjectId: account.id, before: { chats: 2 }, reason: 'one person' },
    },
  });
  const { page, troubles } = await openPage();
  await page.goto(`${url}/admin/resources/AuditEntry`);
  await signIn(page);
  const row = page.locator('tbody tr').filter({ hasText: 'one person' });
  await row.getByText('Begun; how it ended is not known').waitFor();
  await row.getByText('Account.merge').click();
  await page.getByText('"chats": 2').waitFor();
  await page.getByText('Begun; how it ended is not known').waitFor();
  await page.getByRole('link', { name: account.id }).click();
  await page.getByText(account.email).first().waitFor();
  expect(troubles).toEqual([]);
  await page.close();
});

test('whoever is signed out meanwhile is asked to sign in again, and comes back', async () => {
  const { page } = await openPage();
  await page.goto(`${url}/admin`);
  await signIn(page);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.context().clearCookies();
  await page.goto(`${url}/admin/resources/Outbox`);
  await page.getByLabel('Password').waitFor();
  await signIn(page);
  await page.waitForURL(`${url}/admin/resources/Outbox`);
  await page.close();
});

test.each(['en', 'es'])(
  'every list is headed in words, asks no other server and breaks nowhere (%s)',
  async (locale) => {
    const { core } = service;
    await core.database.prisma.account.update({ where: { email }, data: { locale } });
    const { page, troubles } = await openPage();
    await page.goto(`${url}/admin`);
    await signIn(page);
    await page.getByRole('heading', { name: core.words.plain(locale, 'panel.dashboard') }).waitFor();
    const own = page.getByRole('link', { name: core.words.plain(locale, 'panel.labels.own_security') });
    expect(await own.getAttribute('href')).toBe('/security');
    for (const model of resources) {
      const heading = core.words.plain(locale, `panel.resources.${model}`);
      await page.goto(`${url}/admin/resources/${model}`);
      await page.getByRole('heading', { name: heading }).waitFor();
    }
    expect(troubles).toEqual([]);
    await page.close();
  },
);

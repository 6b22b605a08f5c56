import { hash } from '@node-rs/argon2';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { passwordParameters } from '../../core/accounts/operator.ts';
import { type Running, startRoles } from '../../start/roles.ts';
import { type Cable, startCable } from '../faults/cable.ts';
import { launchBrowser } from '../support/browser.ts';
import { startTestCore, type TestCore } from '../support/core.ts';

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 });

const password = 'correct horse battery';
const email = 'ada@easel.example';
const sentence = /part of the service is away for a moment/;

let service: TestCore;
let cable: Cable;
let running: Running;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  service = await startTestCore({
    environment: { PORT: '0', PUBLIC_URL: '' },
    reach: async (url) => {
      cable = await startCable(Number(new URL(url).port));
      return Object.assign(new URL(url), { port: String(cable.port) }).href;
    },
  });
  const passwordHash = await hash(password, passwordParameters);
  await service.core.database.prisma.account.create({
    data: { id: crypto.randomUUID(), email, role: 'owner', passwordHash },
  });
  [running, browser] = await Promise.all([startRoles({ core: service.core, roles: ['admin'] }), launchBrowser()]);
  page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
  await page.goto(`${running.url}/sign-in`);
  await page.fill('input[name=email]', email);
  await page.fill('input[name=password]', password);
  await Promise.all([page.waitForURL('**/admin'), page.click('button[type=submit]')]);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await running.stop();
  await service.close();
  await cable.close();
});

test('while the database is away a form says so, keeps what was typed, and is saved once it is back', async () => {
  await page.goto(`${running.url}/admin/resources/Plan/records/free/edit`);
  const perDay = page.locator('#perDay');
  await perDay.fill('23');
  cable.cut();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(sentence).first().waitFor();
  expect(await perDay.inputValue()).toBe('23');
  cable.plug();
  await page.getByRole('button', { name: 'Save' }).click();
  const perDayNow = async () => (await service.core.plans.list()).find(({ slug }) => slug === 'free')?.perDay;
  await vi.waitUntil(async () => (await perDayNow()) === 23, { timeout: 20_000, interval: 50 });
});

test('while the database is away lists, records and pages say so in a sentence, without a stack', async () => {
  await page.goto(`${running.url}/admin/resources/Plan`);
  const header = page.locator('thead a').first();
  await header.waitFor();
  cable.cut();
  await header.click();
  await page.getByText(sentence).first().waitFor();
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  for (const path of [
    '/admin',
    '/admin/api/resources/Account/actions/list',
    '/admin/api/resources/Plan/records/free/show',
    '/admin/overview/figures?days=7',
    '/security',
  ]) {
    const answer = await fetch(running.url + path, { headers: { cookie, accept: 'application/json' } });
    const text = await answer.text();
    expect({ path, status: answer.status }).toEqual({ path, status: 503 });
    expect(JSON.parse(text).error).toMatchObject({ code: 'unavailable', message: expect.stringMatching(sentence) });
    expect(text).not.toMatch(/\bat .*:\d+:\d+|node_modules|ECONN|prisma/i);
  }
  cable.plug();
});

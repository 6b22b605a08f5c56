import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Secret, TOTP } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { findFreePort } from '../../core/embedded/process.ts';
import { ensureOperator } from '../../core/index.ts';
import { type Running, startRoles } from '../../start/roles.ts';
import { launchBrowser } from '../support/browser.ts';
import { startTestCore, type TestCore } from '../support/core.ts';

let service: TestCore;
let running: Running;
let browser: Browser;
let url: string;
/** Codes belong to steps of 30 seconds, and waiting for the next would be long: the service's clock is put forward. */
let ahead = 0;
const operator = { email: 'olive@example.com', password: 'correct horse battery' };
const memberEmail = 'grace@example.com';
const patience = { timeout: 30_000, interval: 100 };

beforeAll(async () => {
  const port = String(await findFreePort());
  service = await startTestCore({
    clock: () => new Date(Date.now() + ahead),
    sandboxDelayMs: 50,
    environment: {
      PORT: port,
      PUBLIC_URL: `http://localhost:${port}`,
      ADMIN_EMAIL: operator.email,
      ADMIN_PASSWORD: operator.password,
    },
  });
  const { core } = service;
  await ensureOperator({ database: core.database, settings: core.settings, clock: () => new Date() });
  [running, browser] = await Promise.all([startRoles({ core, roles: ['web', 'worker', 'admin'] }), launchBrowser()]);
  url = running.url as string;
});
afterAll(async () => {
  await browser?.close();
  await running?.stop();
  await service?.close();
});

async function open(troubles: string[]): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 1400 } });
  const page = await context.newPage();
  page.on('pageerror', (error) => troubles.push(error.message));
  return page;
}

async function say(chat: Page, text: string): Promise<void> {
  await chat.getByRole('textbox').fill(text);
  await chat.getByRole('textbox').press('Enter');
}

/** The code of the last mail to somebody; mails lie in a folder here. */
async function readCode(): Promise<string> {
  const outbox = path.join(service.dataDir, 'outbox');
  mkdirSync(outbox, { recursive: true });
  const read = () => {
    const mails = readdirSync(outbox).map((name) => readFileSync(path.join(outbox, name), 'utf8'));
    return mails.flatMap((mail) => /^Subject: (\d{6})\b/m.exec(mail)?.[1] ?? []).at(-1);
  };
  return vi.waitUntil(() => read(), { timeout: 10_000, interval: 50 });
}

/** A member in the web chat, who is Grace Hopper on Discord. */
async function meetMember(troubles: string[]): Promise<Page> {
  const chat = await open(troubles);
  await chat.goto(url);
  await say(chat, `/link ${memberEmail}`);
  await say(chat, `/verify ${await readCode()}`);
  await chat.getByRole('log').getByText(memberEmail).last().waitFor();
  const account = await vi.waitUntil(() =>
    service.core.database.prisma.account.findUnique({ where: { email: memberEmail } }),
  );
  const identity = { platform: 'discord', userId: '4711', displayName: 'Grace Hopper', locale: 'en' } as const;
  await service.core.accounts.adopt(identity, account.email);
  return chat;
}

async function typePassword(page: Page): Promise<void> {
  await page.getByLabel('Email address').fill(operator.email);
  await page.getByLabel('Password').fill(operator.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const codeOf = (secret: string) => TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: Date.now() + ahead });

/** Signs in, sets up a second factor, and answers its secret. */
async function setUpSecondFactor(page: Page): Promise<string> {
  await page.goto(`${url}/security/second-factor`);
  await typePassword(page);
  const secret = ((await page.locator('.secret').textContent()) as string).replaceAll(' ', '');
  await page.getByLabel('The code that the app shows now').fill(codeOf(secret));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('Write these down').waitFor();
  return secret;
}

async function signInWithCode(page: Page, secret: string): Promise<void> {
  ahead += 30_000;
  await page.goto(`${url}/admin`);
  await typePassword(page);
  await page.getByLabel('Six-digit code').fill(codeOf(secret));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
}

/** Finds the member by a chat name, and opens their page. */
async function findMember(desk: Page): Promise<void> {
  await desk.goto(`${url}/admin/resources/Account`);
  await desk.getByRole('searchbox').fill('hopper');
  await desk.getByRole('searchbox').press('Enter');
  await desk.getByRole('link', { name: 'Show all' }).waitFor();
  await desk.getByText(memberEmail).click();
}

async function givePremium(desk: Page): Promise<void> {
  await desk.getByRole('link', { name: 'Give a plan' }).click();
  await desk.getByLabel('For so many days').fill('7');
  await desk.getByLabel('Reason, for the record').fill('won the contest');
  // Twice, as some people click.
  await desk.getByRole('button', { name: 'Give the plan' }).dblclick();
  await desk.getByText('The plan is given.').waitFor();
  await desk.getByText('Premium').first().waitFor();
  expect(await service.core.database.prisma.planGrant.count()).toBe(1);
}

/** From the member's page to their one picture, which is hidden with a reason for them and one for the record. */
async function hidePicture(desk: Page): Promise<void> {
  await desk.locator('.easel-links').getByRole('link', { name: 'Pictures' }).click();
  await desk.locator('.easel-thumbnail').click();
  await desk.getByRole('link', { name: 'Hide' }).click();
  await desk.getByLabel('Reason, as the member reads it').fill('It is far too red.');
  await desk.getByLabel('Reason, for the record').fill('asked by its neighbours');
  await desk.getByRole('button', { name: 'Hide the picture' }).click();
  await desk.getByText('The picture is hidden').waitFor();
}

/** Ends the operator's own other session by hand, and only that one. */
async function endOtherSession(desk: Page): Promise<void> {
  const { id } = await service.core.database.prisma.account.findUniqueOrThrow({ where: { email: operator.email } });
  expect(await service.core.accounts.openSessions(id)).toHaveLength(2);
  await desk.goto(`${url}/admin/resources/Account/records/${id}/endSessions`);
  const sessions = desk.getByLabel('End');
  await sessions.waitFor();
  const [, , oldest] = await sessions.locator('option').allTextContents();
  await sessions.selectOption({ label: oldest ?? '' });
  await desk.getByRole('button', { name: 'End' }).click();
  await desk.getByText('It is ended.').waitFor();
  expect(await service.core.accounts.openSessions(id)).toHaveLength(1);
}

test('an operator finds a member by a chat name and helps them, and all of it is in the audit', {
  timeout: 180_000,
}, async () => {
  const troubles: string[] = [];
  const chat = await meetMember(troubles);
  const log = chat.getByRole('log');
  const pictures = chat.locator('article.easel .picture img');
  await say(chat, '/imagine a red fox');
  await expect.poll(() => pictures.count(), patience).toBe(1);
  await say(chat, '/quota');
  await log.getByText('of 20').last().waitFor();

  const elsewhere = await open(troubles);
  const secret = await setUpSecondFactor(elsewhere);
  const desk = await open(troubles);
  await signInWithCode(desk, secret);

  await findMember(desk);
  await givePremium(desk);
  await say(chat, '/quota');
  await log.getByText('of 100').last().waitFor();

  await findMember(desk);
  await hidePicture(desk);
  await log.getByText('An operator has hidden a picture').waitFor();
  await log.getByText('It is far too red.').waitFor();
  await expect.poll(() => pictures.count(), patience).toBe(0);

  await endOtherSession(desk);
  await elsewhere.goto(`${url}/admin`);
  expect(new URL(elsewhere.url()).pathname).toBe('/sign-in');

  await desk.goto(`${url}/admin/resources/AuditEntry`);
  await desk.getByRole('heading', { name: 'Audit log' }).waitFor();
  await desk.getByText('won the contest').waitFor();
  const rows = await desk.locator('tbody tr').allTextContents();
  expect(rows).toHaveLength(3);
  expect(rows[0]).toMatch(/olive@example.com.*Account\.endSessions.*Done/);
  expect(rows[1]).toMatch(/olive@example.com.*Image\.hide.*asked by its neighbours.*Done/);
  expect(rows[2]).toMatch(/olive@example.com.*Account\.grantPlan.*won the contest.*Done/);
  await desk.getByText('Image.hide').click();
  await desk.getByText('"hiddenReason": "It is far too red."').waitFor();
  expect(troubles).toEqual([]);
});

import { hash } from '@node-rs/argon2';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { passwordParameters } from '../../core/accounts/operator.ts';
import { findFreePort } from '../../core/embedded/process.ts';
import { ensureOperator } from '../../core/index.ts';
import { type Running, startRoles } from '../../start/roles.ts';
import { launchBrowser } from '../support/browser.ts';
import { makeMember, startTestCore, type TestCore } from '../support/core.ts';

const patience = { timeout: 30_000, interval: 100 };
const email = 'operator@example.com';
const viewerEmail = 'viewer@example.com';
const password = 'correct horse battery';

let service: TestCore;
let running: Running;
let browser: Browser;
let url: string;
beforeAll(async () => {
  const port = String(await findFreePort());
  const environment = {
    PORT: port,
    PUBLIC_URL: `http://localhost:${port}`,
    ADMIN_EMAIL: email,
    ADMIN_PASSWORD: password,
  };
  service = await startTestCore({ environment, sandboxDelayMs: 50 });
  const { core } = service;
  await ensureOperator({ database: core.database, settings: core.settings, clock: () => new Date() });
  const passwordHash = await hash(password, passwordParameters);
  const viewer = { id: crypto.randomUUID(), email: viewerEmail, role: 'viewer', passwordHash } as const;
  await core.database.prisma.account.create({ data: viewer });
  [running, browser] = await Promise.all([startRoles({ core, roles: ['web', 'worker', 'admin'] }), launchBrowser()]);
  url = running.url as string;
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await running?.stop();
  await service?.close();
});

/** A member at their web chat, with a key for REST. */
async function openChat() {
  const { core } = service;
  const page = await browser.newPage({ locale: 'en-US' });
  await page.goto(url);
  const [cookie] = await page.context().cookies();
  const { account } = await makeMember(core);
  const platformUserId = cookie?.value.split('.')[0] ?? '';
  await core.database.prisma.identity.create({
    data: { id: crypto.randomUUID(), platform: 'web', platformUserId, accountId: account.id },
  });
  await core.accounts.announce();
  await page.reload();
  const { secret } = await core.apiKeys.create({
    accountId: account.id,
    name: 'key',
    scopes: ['read'],
    expiresAt: null,
    dailyCap: null,
  });
  const ask = async (path: string) => {
    const response = await fetch(new URL(path, url), { headers: { authorization: `Bearer ${secret}` } });
    return {
      status: response.status,
      body: response.headers.get('content-type')?.includes('json') ? await response.json() : await response.bytes(),
    };
  };
  const box = page
    .getByRole('combobox', { name: 'Your message' })
    .or(page.getByRole('textbox', { name: 'Your message' }));
  const say = async (text: string) => {
    await box.fill(text);
    await box.press('Enter');
  };
  return { page, account, ask, say, pictures: page.locator('article.easel .picture img') };
}

async function openReview(as = email): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  await page.goto(`${url}/admin/resources/Report/actions/review`);
  await page.getByLabel('Email address').fill(as);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  return page;
}

it('a picture that an operator hides is gone everywhere, and back after an appeal', { timeout: 120_000 }, async () => {
  const { core } = service;
  const member = await openChat();
  await member.say('/imagine a red fox');
  await vi.waitFor(async () => expect(await member.pictures.count()).toBe(1), patience);
  const list = await member.ask('/v1/images');
  const [image] = list.body.data;
  expect((await fetch(image.url)).status).toBe(200);
  const { ref } = await core.generations.get(member.account.id, image.generation_id);
  const { account: other } = await makeMember(core);
  await core.moderation.report({ accountId: other.id, name: ref, reason: 'Too red for me' });

  const viewer = await openReview(viewerEmail);
  await viewer.getByText('Too red for me').waitFor();
  await viewer.keyboard.press('h');
  expect(await viewer.getByRole('button', { name: /Hide|Keep|Delete|Next/ }).count()).toBe(0);
  expect(await viewer.getByRole('textbox').count()).toBe(0);
  await viewer.close();

  const operator = await openReview();
  await operator.getByText('Too red for me').waitFor();
  const shown = operator.locator('.easel-case img');
  await vi.waitFor(
    async () => expect(await shown.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(0),
    patience,
  );
  await operator.getByLabel('Reason, as the member reads it (optional)').fill('Hh, it is too red.');
  await operator.keyboard.press('Tab');
  await operator.keyboard.press('h');
  await operator.getByText('Nothing is waiting to be decided.').waitFor();

  await member.page.getByText('An operator has hidden a picture').waitFor();
  await vi.waitFor(async () => expect(await member.pictures.count()).toBe(0), patience);
  expect((await member.ask('/v1/images')).body.data).toEqual([]);
  expect((await member.ask(`/v1/generations/${image.generation_id}`)).body.images).toEqual([]);
  for (const path of [`/v1/images/${image.id}`, `/v1/images/${image.id}/content`]) {
    const refused = await member.ask(path);
    expect(refused).toMatchObject({ status: 451, body: { error: { code: 'image_hidden' } } });
    expect(refused.body.error.message).toContain('Hh, it is too red.');
  }
  expect((await fetch(image.url)).status).toBe(404);
  await member.page.reload();
  expect(await member.pictures.count()).toBe(0);

  await member.say(`/report ${ref} it is a very orange fox`);
  await member.page.getByText(`An operator will look at ${ref} again.`).waitFor();
  await operator.reload();
  await operator.getByText('it is a very orange fox').waitFor();
  await operator.getByRole('button', { name: 'Bring back' }).click();
  await operator.getByText('Nothing is waiting to be decided.').waitFor();
  await member.page.getByText('is back.').waitFor();
  await vi.waitFor(async () => expect(await member.pictures.count()).toBe(1), patience);
  expect((await member.ask('/v1/images')).body.data).toHaveLength(1);
  expect((await fetch(image.url)).status).toBe(200);
  const deeds = await core.database.prisma.auditEntry.findMany({
    where: { subjectId: image.id },
    orderBy: { id: 'asc' },
  });
  expect(deeds.map(({ action, actorName }) => [action, actorName])).toEqual([
    ['Image.hide', email],
    ['Image.keep', email],
  ]);
  await operator.close();
  await member.page.close();
});

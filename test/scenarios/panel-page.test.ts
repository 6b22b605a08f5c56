import { hash } from '@node-rs/argon2';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { passwordParameters } from '../../core/accounts/operator.ts';
import { type Running, startRoles } from '../../start/roles.ts';
import { findBarriers } from '../support/accessibility.ts';
import { launchBrowser } from '../support/browser.ts';
import { startTestCore, type TestCore } from '../support/core.ts';
import { fillPanel } from '../support/panel-world.ts';

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 });

const password = 'correct horse battery';
const email = 'ada@easel.example';
const phone = { width: 390, height: 844 };
const wide = { width: 1360, height: 900 };

let service: TestCore;
let running: Running;
let browser: Browser;
let memberId: string;
/** What pages asked of others, and what their scripts complained about. */
const amiss: string[] = [];

beforeAll(async () => {
  service = await startTestCore({ environment: { PORT: '0', PUBLIC_URL: '' } });
  const passwordHash = await hash(password, passwordParameters);
  await service.core.database.prisma.account.create({
    data: { id: crypto.randomUUID(), email, role: 'owner', passwordHash },
  });
  memberId = (await fillPanel(service.core)).id;
  await addOddities();
  [running, browser] = await Promise.all([startRoles({ core: service.core, roles: ['admin'] }), launchBrowser()]);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await running.stop();
  await service.close();
});

/** A page of somebody who is signed in. */
async function enter(options: BrowserContextOptions): Promise<Page> {
  const page = await (await browser.newContext({ locale: 'en-GB', ...options })).newPage();
  page.on('console', (line) => line.type() === 'error' && amiss.push(line.text()));
  page.on('pageerror', ({ message }) => amiss.push(message));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:' && origin !== running.url) amiss.push(`asked ${request.url()}`);
  });
  await page.goto(`${running.url}/sign-in`);
  await page.fill('input[name=email]', email);
  await page.fill('input[name=password]', password);
  await Promise.all([page.waitForURL('**/admin'), page.click('button[type=submit]')]);
  return page;
}

test('the first page shows figures and plots, follows the days chosen, and leads to the rows', async () => {
  const page = await enter({ viewport: wide });
  await page.getByRole('heading', { name: 'Money in' }).waitFor();
  expect(await page.getByText(/^As of .* UTC\. Days are UTC\./).count()).toBe(1);
  await page.waitForFunction(() => 'Chart' in window);
  // What a plot shows can be read as well.
  const table = page.getByRole('table', { name: 'Pictures', exact: true });
  expect(await table.getByRole('row').count()).toBe(8);
  await page.getByRole('radio', { name: '7 days' }).press('ArrowRight');
  await expect.poll(() => table.getByRole('row').count()).toBe(31);
  expect(new URL(page.url()).search).toBe('?days=30');
  await page.getByRole('term').filter({ hasText: 'Failed' }).locator('xpath=..').getByRole('link').click();
  await page.waitForURL(/resources\/Generation\?filters\.createdAt/);
  await page.locator('tbody').getByText('Failed', { exact: true }).first().waitFor();
  expect(amiss).toEqual([]);
  await page.context().close();
});

/** What figures usually don't meet: other states, models named alike, subscriptions that nobody pays. */
async function addOddities(): Promise<void> {
  const { core } = service;
  const { generation, subscription } = core.database.prisma;
  const { replyTo: _, ...row } = await generation.findFirstOrThrow({ where: { state: 'queued' } });
  const odd = [
    { state: 'accepted', model: 'flux' },
    { state: 'fetching', provider: 'replicate-two' },
    { state: 'submit_unknown' },
  ] as const;
  for (const [at, data] of odd.entries()) {
    const id = crypto.randomUUID();
    const operation = { id: 'example' };
    await generation.create({ data: { ...row, id, operation, requestId: id, ref: `odd${at}`, ...data } });
  }
  const active = await subscription.findMany({ where: { status: 'active', currency: 'usd' } });
  const unlike = [
    { collectionPaused: true },
    { paymentReversed: 'disputed' },
    { status: 'unpaid' },
    { cancelAt: new Date() },
  ];
  for (const [at, data] of unlike.entries()) await subscription.update({ where: { id: active[at]?.id ?? '' }, data });
  await core.rollUpUsage(null);
}

type Row = Record<string, number | string | null>;
/** What the rows behind a figure come to. */
const add = (rows: Row[], amount: (row: Row) => unknown) => rows.reduce((total, row) => total + Number(amount(row)), 0);
const comesTo: Record<string, (rows: Row[]) => number> = {
  Success$: (rows) => Math.round((1_000 * rows.filter(({ state }) => state === 'succeeded').length) / rows.length) / 10,
  'A month': (rows) => add(rows, ({ amount }) => amount) / 100,
  'Packs sold': (rows) => add(rows, ({ amount, refunded }) => Number(amount) - Number(refunded)) / 100,
  Providers: (rows) => add(rows, ({ costMicros }) => costMicros ?? 0) / 1e6,
};

test('every figure is what the rows come to that it leads to', async () => {
  const page = await enter({ viewport: wide });
  await page.goto(`${running.url}/admin?days=7`);
  await page.getByRole('heading', { name: 'Money in' }).waitFor();
  const shown = await page.locator('.easel-cards a, .easel-table a').evaluateAll((links) =>
    links.map((link) => ({
      name: link.closest('.easel-card')?.querySelector('dt, h3')?.textContent ?? '',
      text: link.textContent ?? '',
      path: link.getAttribute('href') ?? '',
    })),
  );
  // Times, and what leads to one record, are no counts.
  const counted = shown.filter(({ name, path }) => path.includes('?') && name !== 'Longest wait');
  expect(counted.length).toBeGreaterThan(30);
  for (const { name, text, path } of counted) {
    const { pathname, search } = new URL(path, running.url ?? '');
    const file = `${running.url}/admin/export/${pathname.split('/').at(-1)}.json${search}`;
    const rows: Row[] = await (await page.request.get(file)).json();
    const [, reckon] = Object.entries(comesTo).find(([begin]) => `${name}$`.startsWith(begin)) ?? [];
    const figure = Number(text.replaceAll(/[^\d.]/g, ''));
    expect(reckon ? reckon(rows) : rows.length, `${name}: ${path}`).toBeCloseTo(figure, 1);
  }
  const standing = Object.fromEntries(counted.map(({ name, text }) => [name, text]));
  expect(standing).toMatchObject({
    Waiting: '5',
    'Being made': '4',
    'Unpaid renewals': '2',
    'Cancelled, still running': '1',
  });
  await page.getByRole('link', { name: '5', exact: true }).first().click();
  await page.getByText('Waiting for their turn').waitFor();
  await expect.poll(() => page.locator('tbody tr').count()).toBe(5);
  await page.getByRole('link', { name: 'Show all' }).click();
  await expect.poll(() => page.locator('tbody tr').count()).toBe(25);
  expect(amiss).toEqual([]);
  await page.context().close();
});

test('figures that cannot be had are told, and stay as they were until they can', async () => {
  const page = await enter({ viewport: wide });
  await page.getByRole('heading', { name: 'Money in' }).waitFor();
  await page.route('**/overview/figures**', (route) => route.fulfill({ status: 500, body: '' }));
  await page.getByRole('radio', { name: 'Today' }).press('ArrowRight');
  await page.getByRole('status').filter({ hasText: 'could not be had' }).waitFor();
  expect(await page.getByRole('heading', { name: 'Money in' }).count()).toBe(1);
  await page.unroute('**/overview/figures**');
  await page.getByRole('radio', { name: '90 days' }).check();
  await page.getByText(/^As of/).waitFor();
  expect(await page.getByRole('status').textContent()).toBe('');
  // The browser reports the refusal too.
  amiss.length = 0;
  await page.context().close();
});

const places = () => ({
  'first page': '/admin',
  list: '/admin/resources/Generation',
  record: `/admin/resources/Account/records/${memberId}/show`,
  edit: '/admin/resources/Plan/records/free/edit',
  new: '/admin/resources/Pack/actions/new',
  deed: `/admin/resources/Account/records/${memberId}/suspend`,
  queues: '/admin/queues/',
});

test.each([
  { viewport: wide, colorScheme: 'light' },
  { viewport: phone, colorScheme: 'dark' },
] as const)(
  'nothing keeps anybody out: $colorScheme, $viewport.width wide',
  async (options) => {
    const page = await enter(options);
    const found: string[] = [];
    for (const [name, path] of Object.entries(places())) {
      await page.goto(running.url + path);
      await page.waitForLoadState('networkidle');
      for (const barrier of await findBarriers(page)) if (!tolerated.test(barrier)) found.push(`${name}: ${barrier}`);
      const beyond = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(beyond, `${name} is wider than the screen`).toBe(0);
    }
    expect(found).toEqual([]);
    expect(amiss).toEqual([]);
    await page.context().close();
  },
  120_000,
);

/** Advice, not faults: AdminJS's frame has no landmarks, and its headings skip levels. */
const tolerated =
  /^(region|heading-order|page-has-heading-one|landmark-[\w-]+|image-redundant-alt|empty-table-header):/;

import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../../test/support/browser.ts';
import { startTestRest, type TestRest } from '../../test/support/rest.ts';

let rest: TestRest;
beforeAll(async () => {
  rest = await startTestRest();
});
afterAll(() => rest.close());

it('shows the documentation from nowhere but here, and lets a reader try it with a key', async () => {
  const { key, account } = await rest.developer();
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
    const complaints: string[] = [];
    const elsewhere: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on(
      'request',
      (request) => /^(data:|blob:)/.test(request.url()) || elsewhere.push(new URL(request.url()).origin),
    );
    await page.goto(`${rest.url}/docs`);
    await page.getByText('Ask for pictures', { exact: true }).waitFor();

    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.locator('.auth-container input').fill(key);
    await page.locator('.auth-btn-wrapper button[type=submit]').click();
    await page.locator('.btn-done').click();
    await page.locator('#operations-Generations-postGenerations .opblock-summary-control').click();
    await page.locator('#operations-Generations-postGenerations .execute').click();
    await page
      .locator('#operations-Generations-postGenerations .live-responses-table')
      .getByText('202')
      .first()
      .waitFor();
    expect(await rest.core.database.prisma.generation.count({ where: { accountId: account.id } })).toBe(1);

    expect(new Set(elsewhere)).toEqual(new Set([rest.url]));
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});

it('keeps the strict policy of everything else but for pictures in the style sheet', async () => {
  const response = await fetch(`${rest.url}/docs`);
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("script-src 'self';");
  expect(policy).not.toContain('unsafe');
  expect(policy).toContain("connect-src 'self'");
});

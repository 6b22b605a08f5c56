import { expect, test } from 'vitest';
import { launchBrowser } from './browser.ts';

test('the browser runs scripts and draws text', async () => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.setContent('<span>Hello</span><script>document.title = String(6 * 7)</script>');
    expect(await page.title()).toBe('42');
    // Without any font a text has no width.
    expect((await page.locator('span').boundingBox())?.width).toBeGreaterThan(10);
  } finally {
    await browser.close();
  }
});

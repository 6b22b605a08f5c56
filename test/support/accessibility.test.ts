import { expect, test } from 'vitest';
import { findBarriers } from './accessibility.ts';
import { launchBrowser } from './browser.ts';

test('barriers are found, and only where there are some', async () => {
  const browser = await launchBrowser();
  const page = await browser.newPage();
  const whole = (content: string) =>
    `<!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1>${content}</main></html>`;
  await page.setContent(whole('<label>Name <input></label>'));
  expect(await findBarriers(page)).toEqual([]);
  await page.setContent(whole('<input><p style="color: #ccc">faint</p>'));
  const found = await findBarriers(page);
  expect(found.map((barrier) => barrier.split(':')[0])).toEqual(['color-contrast', 'label']);
  await browser.close();
});

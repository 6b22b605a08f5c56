import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { makeDataDir } from '../support/holder.ts';

const root = path.join(import.meta.dirname, '../..');
let browser: Browser;
let dataDir: string;
beforeAll(async () => {
  browser = await launchBrowser();
  dataDir = makeDataDir();
});
afterAll(async () => {
  await browser?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** `npm start` with nothing set: no servers, no `.env`, no credentials. */
async function npmStart() {
  const child = spawn(process.execPath, [path.join(root, 'main.ts')], {
    // Not in the project's folder, where a developer's own `.env` may lie.
    cwd: dataDir,
    env: {
      PATH: [path.dirname(inject('redisProgram')), process.env.PATH].join(path.delimiter),
      DATA_DIR: dataDir,
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  let address: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    address = /http:\/\/\S+token=\S+/.exec(line)?.[0];
    if (address) break;
  }
  child.stdout.resume();
  return {
    said,
    address: address as string,
    async stop(): Promise<number | null> {
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      return (await ended)[0];
    },
  };
}

it('a newcomer makes a picture in the browser within a minute, and finds it after a restart', {
  timeout: 120_000,
}, async () => {
  const first = await npmStart();
  expect(first.said.join('\n')).toMatch(/password \S{16} \(shown this once\)/);
  expect(first.said.join('\n')).toContain('DISCORD_TOKEN turns it on');
  const context = await browser.newContext();
  const page = await context.newPage();
  const began = performance.now();
  await page.goto(first.address);
  await page.keyboard.type('/imagine a red fox in the snow');
  await page.keyboard.press('Enter');
  const picture = page.getByRole('log').getByRole('img', { name: /red fox in the snow/ });
  await picture.waitFor();
  expect(performance.now() - began).toBeLessThan(60_000);
  const source = new URL((await picture.getAttribute('src')) ?? '', page.url()).href;
  const full = await page.request.get(source.replace('/thumbnails/', '/images/'));
  const { width, height, channels } = await sharp(await full.body())
    .stats()
    .then(async ({ channels: all }) => ({ ...(await sharp(await full.body()).metadata()), channels: all }));
  expect([width, height]).toEqual([1024, 1024]);
  // A picture, not a blank page.
  expect(Math.max(...channels.map(({ stdev }) => stdev))).toBeGreaterThan(10);
  expect(await first.stop()).toBe(0);

  const second = await npmStart();
  expect(second.said.join('\n')).not.toContain('shown this once');
  // Another port, but the same cookie: cookies know no ports.
  await page.goto(new URL('/', second.address).href);
  await picture.waitFor();
  await context.close();
  const guest = await (await browser.newContext()).newPage();
  await guest.goto(first.address.replace(/^http:\/\/[^/]+/, new URL(second.address).origin));
  await guest.keyboard.type('a blue whale');
  await guest.keyboard.press('Enter');
  await guest.getByText('First link your email address').waitFor();
  expect(await second.stop()).toBe(0);
});

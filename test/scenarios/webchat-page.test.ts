import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Reply } from '../../bots/chat.ts';
import { createFakeDispatch, type FakeDispatch } from '../../bots/fake-dispatch.ts';
import { createFakeCore, type FakeCore, sampleAccount } from '../../bots/webchat/fake-core.ts';
import { createWebchat } from '../../bots/webchat/index.ts';
import type { ReplyTo } from '../../core/index.ts';
import { createWeb, type Web } from '../../web/index.ts';
import { launchBrowser } from '../support/browser.ts';

let browser: Browser;
let core: FakeCore;
let dispatch: FakeDispatch;
let webchat: ReturnType<typeof createWebchat>;
let web: Web;
let page: Page;
let faults: string[];
/** Where generations' answers go, as the chat said. */
let attached: ReplyTo[];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  attached = [];
  core = createFakeCore({ attachReply: async (_id, replyTo) => void attached.push(replyTo) });
  dispatch = createFakeDispatch();
  webchat = createWebchat({ core, dispatch });
  web = await serve(0);
  page = await open();
});
afterEach(async () => {
  await page.context().close();
  await web.stop();
  expect(faults).toEqual([]);
});

async function serve(port: number): Promise<Web> {
  const settings = {
    host: '127.0.0.1',
    port,
    publicUrl: `http://localhost:${port}`,
    publicUrlGiven: false,
    trustProxy: 0,
  };
  const health = async () => ({ postgres: true, redis: true, migrations: true });
  const log = {
    isLevelEnabled: () => true,
    debug: () => {},
    error: (entry: object) => faults.push(JSON.stringify(entry)),
  };
  const shell = { ...core, settings, health, log, generations: { receiveProviderWebhook: async () => {} } };
  const served = createWeb({ core: shell, mounts: [{ path: '/', handler: webchat.router }] });
  await served.start();
  return served;
}

async function open(options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
  faults = [];
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
  const opened = await context.newPage();
  opened.on('pageerror', (error) => faults.push(String(error)));
  opened.on('console', (message) => {
    const expected = /ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET/;
    if (message.type() === 'error' && !expected.test(message.text())) faults.push(message.text());
  });
  await opened.goto(web.url);
  return opened;
}

const box = () => page.getByRole('textbox');
const log = () => page.getByRole('log');
async function send(text: string): Promise<void> {
  await box().fill(text);
  await box().press('Enter');
}
const running: Reply = {
  html: '<b>a fox, 50 % grey</b>\nDrawing',
  buttons: [[{ action: 'cancel', id: randomUUID(), style: 'secondary' }]],
  private: false,
  follow: randomUUID(),
};

test('Enter sends, the answer appears, and both are there after a reload', async () => {
  dispatch.answer({ html: 'Hello <b>you</b>', private: true });
  await send('/help');
  await log().getByText('Hello you').waitFor();
  expect(await box().inputValue()).toBe('');
  await page.reload();
  await log().getByText('Hello you').waitFor();
  expect(await log().getByRole('article').count()).toBe(2);
});

test('Shift+Enter begins a new line', async () => {
  await box().fill('a fox');
  await box().press('Shift+Enter');
  await box().pressSequentially('in snow');
  await box().press('Enter');
  await log().getByText('a fox').waitFor();
  expect(dispatch.inbounds[0]?.action).toMatchObject({ input: { prompt: 'a fox\nin snow' } });
});

test('progress moves in its line, leaves the button alone, and the picture takes its place', async () => {
  dispatch.answer(running);
  await send('a fox');
  const bar = log().getByRole('progressbar');
  await bar.waitFor();
  expect(await bar.getAttribute('value')).toBeNull();
  const button = await log().getByRole('button', { name: 'cancel (en)' }).elementHandle();
  const replyTo = attached[0] as ReplyTo;
  await webchat.showProgress(replyTo, {
    ...running,
    html: '<b>a fox, 50 % grey</b>\nDrawing, 40 %, about 3 s',
    progress: 0.4,
  });
  await log().getByText('40 %').waitFor();
  expect(await bar.getAttribute('value')).toBe('40');
  expect(await button?.evaluate((element) => element.isConnected)).toBe(true);

  const id = await keepPicture();
  await webchat.deliver(replyTo, { html: 'Here', images: [toImage(id)], private: false }, 'd1');
  const image = log().getByRole('img', { name: 'A red fox' });
  await image.waitFor();
  await vi.waitFor(async () =>
    expect(await image.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(0),
  );
  expect(await bar.count()).toBe(0);
  await image.click();
  const viewer = page.getByRole('dialog');
  await viewer.getByRole('img', { name: 'A red fox' }).waitFor();
  await page.keyboard.press('Escape');
  await viewer.waitFor({ state: 'hidden' });
});

test('a picture that is still loading takes its room and shows its blur', async () => {
  const id = await keepPicture();
  await page.route('**/chat/thumbnails/*', () => {});
  await page.route('**/chat/images/*', () => {});
  dispatch.answer({ html: 'Here', images: [toImage(id)], private: false });
  await send('/show');
  const blur = log().locator('canvas');
  await blur.waitFor();
  const room = await blur.boundingBox();
  expect((room?.width ?? 0) / (room?.height ?? 1)).toBeCloseTo(1024 / 768, 1);
});

test('a restart of the server loses nothing: what was typed and sent meanwhile arrives once', async () => {
  const port = Number(new URL(web.url).port);
  await log().waitFor();
  await web.stop();
  await send('/imagine a fox');
  await page.getByText('web.unsent').waitFor();
  await page.getByText('web.away').waitFor();
  await box().fill('half a thought');
  web = await serve(port);
  await log().getByText('Fine.').waitFor({ timeout: 20_000 });
  expect(await log().getByRole('article').count()).toBe(2);
  expect(new Set(dispatch.inbounds.map(({ requestId }) => requestId)).size).toBe(1);
  await page.reload();
  expect(await box().inputValue()).toBe('half a thought');
});

test('another open page of the same visitor follows', async () => {
  const other = await page.context().newPage();
  await other.goto(web.url);
  await send('/help');
  await other.getByRole('log').getByText('Fine.').waitFor();
});

test('the menu completes by keyboard, and Enter sends unless something was chosen', async () => {
  await box().pressSequentially('/i');
  const options = page.getByRole('option');
  await options.first().waitFor();
  expect(await options.allTextContents()).toEqual([expect.stringContaining('/imagine')]);
  await box().press('ArrowDown');
  expect(await page.getByRole('option', { selected: true }).count()).toBe(1);
  await box().press('Enter');
  expect(await box().inputValue()).toBe('/imagine ');
  await box().fill('/help');
  await options.first().waitFor();
  await box().press('Enter');
  await log().getByText('Fine.').waitFor();
  expect(dispatch.inbounds[0]?.action).toMatchObject({ name: 'help' });
});

test('a refusal gives the text back', async () => {
  await page.route('**/chat/messages', (route) =>
    route.fulfill({ status: 413, json: { error: { code: 'payload_too_large', message: 'Too long' } } }),
  );
  await send('a long text');
  await page.getByText('Too long').waitFor();
  expect(await box().inputValue()).toBe('a long text');
  // The browser itself notes every refusal.
  faults = faults.filter((fault) => !fault.includes('413'));
});

test('everything can be read and sent without a script', async () => {
  await page.context().close();
  page = await open({ javaScriptEnabled: false });
  await page.getByRole('button', { name: 'web.example_fox' }).click();
  await log().getByText('Fine.').waitFor();
  await box().fill('/help');
  await page.getByRole('button', { name: 'web.send' }).click();
  await vi.waitFor(async () => expect(await log().getByRole('article').count()).toBe(4));
});

test('nothing is wider than a small phone', async () => {
  await page.setViewportSize({ width: 320, height: 640 });
  dispatch.answer({ html: `<code>${'x'.repeat(200)}</code>`, private: false });
  await send('x'.repeat(300));
  await log().locator('code').waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
});

async function keepPicture(): Promise<string> {
  const cookies = await page.context().cookies();
  const visitor = cookies.find(({ name }) => name === 'easel_chat')?.value.split('.')[0] as string;
  core.accountsOf.set(visitor, sampleAccount);
  const id = randomUUID();
  const blank = sharp({ create: { width: 1024, height: 768, channels: 3, background: '#c85028' } });
  core.pictures.set(id, { accountId: sampleAccount.id, bytes: await blank.png().toBuffer() });
  return id;
}

function toImage(id: string) {
  return {
    id,
    fileName: 'fox.png',
    contentType: 'image/png',
    width: 1024,
    height: 768,
    placeholder: '3OcRJYB4d3h/iIeHeEh3eIhw+j2w',
    alt: 'A red fox',
    bytes: async () => new Uint8Array(),
  };
}

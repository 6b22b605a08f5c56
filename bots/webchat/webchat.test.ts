import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { verify } from '../commands/verify.ts';
import { createFakeDispatch, type FakeDispatch } from '../fake-dispatch.ts';
import { createFakeBrowser, readLine, serve } from './fake-browser.ts';
import { createFakeCore, type FakeCore, sampleAccount } from './fake-core.ts';
import { createWebchat } from './index.ts';

let core: FakeCore;
let dispatch: FakeDispatch;
let server: Awaited<ReturnType<typeof serve>>;
let webchat: ReturnType<typeof createWebchat>;
let browser: ReturnType<typeof createFakeBrowser>;

async function begin(options?: Parameters<typeof createFakeCore>[0]) {
  core = createFakeCore(options);
  dispatch = createFakeDispatch();
  webchat = createWebchat({ core, dispatch });
  server = await serve(webchat.router);
  browser = createFakeBrowser(server.url);
}
beforeEach(() => begin());
afterEach(async () => {
  browser.close();
  await webchat.stop();
  await server.close();
});

const openPage = async (path = '/') => (await browser.request(path)).text();
const say = (text: string, id = randomUUID()) => browser.post('/chat/messages', { text, id });
const form = (path: string, fields: Record<string, string>, headers = {}) =>
  browser.request(path, { method: 'POST', body: new URLSearchParams(fields), headers });

describe('visitors', () => {
  it('keeps a visitor for a year in a cookie that scripts and other sites do not get', async () => {
    const response = await browser.request('/');
    const cookie = response.headers.get('set-cookie') as string;
    expect(cookie).toMatch(/^easel_chat=[\w-]{22}\.[\w-]{43}; Max-Age=31536000; Path=\/; .*HttpOnly; SameSite=Lax$/);
  });

  it('ties the cookie to the host over HTTPS', async () => {
    await server.close();
    await begin({ publicUrl: 'https://easel.example' });
    const cookie = (await browser.request('/')).headers.get('set-cookie') as string;
    expect(cookie).toMatch(/^__Host-easel_chat=.*; Secure;/);
  });

  it('takes a forged cookie for no cookie', async () => {
    await openPage();
    await say('/help');
    const mine = browser.visitorId();
    const forged = await fetch(`${server.url}/`, { headers: { cookie: `easel_chat=${mine}.${'A'.repeat(43)}` } });
    expect(forged.headers.get('set-cookie')).not.toContain(mine);
    expect(await forged.text()).not.toContain('/help</p>');
  });

  it('shows nobody the conversation of another', async () => {
    await say('/imagine a secret');
    const other = createFakeBrowser(server.url);
    expect(await (await other.request('/')).text()).not.toContain('a secret');
    expect(await openPage()).toContain('a secret');
  });
});

describe('the start token', () => {
  it('signs in once and leaves the address', async () => {
    core.tokens.add('once');
    const first = await browser.request('/?token=once');
    expect(first.status).toBe(303);
    expect(first.headers.get('location')).toBe('/');
    expect(await openPage()).toContain('ada@example.com');
    const other = createFakeBrowser(server.url);
    const again = await other.request('/?token=once');
    expect(again.status).toBe(200);
    const page = await again.text();
    expect(page).toContain('web.token_used');
    expect(page).not.toContain('ada@example.com');
  });

  it('does not sign in a cookie that someone may have planted', async () => {
    await openPage();
    const planted = browser.visitorId();
    core.tokens.add('once');
    await browser.request('/?token=once');
    expect(browser.visitorId()).not.toBe(planted);
    expect(core.accountsOf.has(planted)).toBe(false);
  });

  it('keeps the conversation of an operator who comes back with a new token', async () => {
    core.tokens.add('first').add('second');
    await browser.request('/?token=first');
    const visitor = browser.visitorId();
    await say('/imagine a heron');
    await browser.request('/?token=second');
    expect(browser.visitorId()).toBe(visitor);
    expect(await openPage()).toContain('a heron');
  });

  it('is not used up by a preview', async () => {
    core.tokens.add('once');
    await browser.request('/?token=once', { method: 'HEAD' });
    expect(core.tokens.has('once')).toBe(true);
  });

  it('only leads on who is signed in already', async () => {
    core.tokens.add('once');
    await browser.request('/?token=once');
    expect((await browser.request('/?token=once')).headers.get('location')).toBe('/');
    expect(await openPage()).toContain('ada@example.com');
  });
});

describe('messages', () => {
  it('takes words without a slash for a prompt', async () => {
    await say('a red fox --aspect 16:9');
    const action = { type: 'command', name: 'imagine', input: { prompt: 'a red fox', aspect: '16:9' } };
    expect(dispatch.inbounds[0]).toMatchObject({ platform: 'web', userId: browser.visitorId(), action });
  });

  it('answers with the lines that it made', async () => {
    dispatch.answer({ html: 'Hello <b>you</b>', private: true });
    const answer = (await (await say('/help')).json()) as { lines: { html: string }[]; account: null };
    expect(answer.lines.map(({ html }) => readLine(html).text)).toEqual(['/help', 'Hello you']);
    expect(answer.account).toBeNull();
  });

  it('shows a message that was sent twice once, and asks for the same thing', async () => {
    await openPage();
    const id = randomUUID();
    await Promise.all([say('/imagine a fox', id), say('/imagine a fox', id)]);
    await say('/imagine a fox', id);
    expect((await openPage()).match(/class="line /g)).toHaveLength(2);
    expect(new Set(dispatch.inbounds.map(({ requestId }) => requestId)).size).toBe(1);
  });

  it('gives two visitors who send the same id requests of their own', async () => {
    const id = randomUUID();
    await say('/imagine a fox', id);
    await createFakeBrowser(server.url).post('/chat/messages', { text: '/imagine an owl', id });
    expect(new Set(dispatch.inbounds.map(({ requestId }) => requestId)).size).toBe(2);
    expect((await openPage()).match(/class="line /g)).toHaveLength(2);
  });

  it('works as a plain form', async () => {
    const response = await form('/chat/messages', { text: '/imagine a fox', id: randomUUID() });
    expect(response.status).toBe(303);
    const location = response.headers.get('location') as string;
    const page = await openPage();
    expect(page).toContain(`id="${location.replace('/#', '')}"`);
    expect(page).toContain('/imagine a fox</p>');
  });

  it('does not keep a code', async () => {
    dispatch.commands = [verify];
    await say('/verify 123456');
    const page = await openPage();
    expect(page).toContain('/verify ••••••');
    expect(page).not.toContain('123456');
  });

  it('does not keep a key that somebody typed', async () => {
    await say('/show --id esl_live_abcdef0123456789');
    expect(dispatch.inbounds.at(-1)?.action).toMatchObject({ input: { id: 'esl_live_abcdef0123456789' } });
    const page = await openPage();
    expect(page).toContain('/show --id esl_live_••••••');
    expect(page).not.toContain('abcdef');
  });

  it('shows a secret once, to whoever asked for it, and keeps it masked', async () => {
    dispatch.answer({ html: 'Your key <code>esl_live_abc</code>', secret: 'esl_live_abc', private: true });
    await openPage();
    await browser.follow();
    const answer = await say('/help');
    const { lines } = (await answer.json()) as { lines: { id: string; html: string }[] };
    expect(readLine(lines[1]?.html ?? '').text).toBe('Your key esl_live_abc');
    expect(lines.map(({ html }) => html.includes('data-once'))).toEqual([false, true]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    await vi.waitFor(() => expect(readLine(browser.lines()[1]?.html ?? '').text).toBe('Your key ••••••'));
    const page = await openPage();
    expect(page).toContain('Your key <code>••••••</code>');
    expect(page).not.toContain('esl_live_abc');
    const kept = await core.conversations.list(browser.visitorId(), 10);
    expect(JSON.stringify(kept)).not.toContain('esl_live_abc');
  });

  it('shows a secret without the script too', async () => {
    dispatch.answer({ html: 'Your key <code>esl_live_abc</code>', secret: 'esl_live_abc', private: true });
    const response = await form('/chat/messages', { text: '/help', id: randomUUID() });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('Your key <code>esl_live_abc</code>');
    expect(await openPage()).not.toContain('esl_live_abc');
  });

  it('shows what people wrote as they wrote it', async () => {
    const text = '<script>alert(1)</script> & "quotes"';
    await say(text);
    expect(await openPage()).not.toContain('<script>alert');
    const line = /<article class="line you"[\s\S]*?<\/article>/.exec(await openPage())?.[0] as string;
    expect(readLine(line).text).toBe(text);
  });

  it('shows the rest of the conversation when one line of it cannot be read', async () => {
    await say('/imagine a fox');
    const visitorId = browser.visitorId();
    await core.conversations.append({ visitorId, fromBot: true, content: { html: '<blink>', version: 9 } });
    await core.conversations.append({ visitorId, fromBot: true, content: { scene: 'of the future' } });
    const page = await openPage();
    expect(page).toContain('a fox');
    expect(page.match(/web\.unreadable/g)).toHaveLength(2);
  });

  it.each([
    ['nothing', { text: '  ' }, 400],
    ['too much', { text: 'x'.repeat(4001) }, 400],
    ['an id that is none', { text: 'hi', id: '1' }, 400],
    ['no text', {}, 400],
    ['a body that is far too large', { text: 'x'.repeat(40_000) }, 413],
  ])('refuses %s', async (_what, body, status) => {
    expect((await browser.post('/chat/messages', body)).status).toBe(status);
    expect(dispatch.inbounds).toEqual([]);
  });
});

describe('other sites', () => {
  it.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 303],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'http://localhost:3000' }, 303],
    [{}, 303],
  ])('%o: %i', async (headers, status) => {
    await openPage();
    const fields = { text: '/help', id: randomUUID() };
    expect((await form('/chat/messages', fields, headers)).status).toBe(status);
  });

  it('cannot press buttons either', async () => {
    const fields = { data: 'x', lineId: randomUUID() };
    const response = await form('/chat/actions', fields, { 'sec-fetch-site': 'cross-site' });
    expect(response.status).toBe(403);
  });
});

describe('buttons', () => {
  const button = { action: 'again', id: '7d9a1f5c-2b7e-4a54-8c5e-3f1f2a6b9c01', style: 'primary' } as const;
  const pressable = async () => {
    dispatch.answer({ html: 'Done', buttons: [[button]], private: false });
    await say('/imagine a fox');
    const page = await openPage();
    const lineId = /name="lineId" value="([^"]+)"/.exec(page)?.[1] as string;
    return { lineId, data: readLine(page).buttons.find(({ data }) => data)?.data as string };
  };

  it('work as a plain form', async () => {
    const fields = await pressable();
    dispatch.answer({ html: 'Drawing again', private: false });
    expect((await form('/chat/actions', fields)).status).toBe(303);
    expect(await openPage()).toContain('Drawing again');
    expect(dispatch.inbounds[1]?.action).toEqual({ type: 'button', data: fields.data });
  });

  it('show a note on the page when there is no script', async () => {
    const fields = await pressable();
    dispatch.answer({ html: 'Too <b>late</b>', private: true, mode: 'notice' });
    const page = await (await form('/chat/actions', fields)).text();
    expect(page).toContain('<p class="notice" id="notice" role="status">Too late</p>');
  });

  it('of a line that is not theirs do nothing', async () => {
    const fields = await pressable();
    const other = createFakeBrowser(server.url);
    expect((await other.post('/chat/actions', fields)).status).toBe(400);
    expect(dispatch.inbounds).toHaveLength(1);
  });
});

describe('the event stream', () => {
  it('brings what changed while the reader was away', async () => {
    await say('/imagine one');
    const before = new Date().toISOString();
    await say('/imagine two');
    await browser.follow({ 'last-event-id': before });
    const texts = () => browser.lines().map(({ html }) => readLine(html).text);
    await vi.waitFor(() => expect(texts()).toContain('/imagine two'));
  });

  it('refuses someone without a cookie', async () => {
    expect((await fetch(`${server.url}/chat/events`)).status).toBe(404);
  });

  it('is ended when the surface stops', async () => {
    await openPage();
    const response = await browser.request('/chat/events');
    await webchat.stop();
    expect(await response.text()).toContain('retry: 1000');
  });
});

describe('pictures', () => {
  const id = '64d09d9d-668d-4d02-aad9-6419b384e5e3';
  const bytes = Buffer.from('0123456789');
  beforeEach(async () => {
    await openPage();
    core.accountsOf.set(browser.visitorId(), sampleAccount);
    core.pictures.set(id, { accountId: sampleAccount.id, bytes });
  });
  const fetchPicture = (headers = {}, method = 'GET') => browser.request(`/chat/images/${id}`, { headers, method });

  it('are kept by the browser and by nobody else', async () => {
    const response = await fetchPicture();
    expect(await response.text()).toBe('0123456789');
    expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect(response.headers.get('content-type')).toBe('image/png');
    const again = await fetchPicture({ 'if-none-match': response.headers.get('etag') });
    expect(again.status).toBe(304);
  });

  it.each([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=20-', 416, '', 'bytes */10'],
    ['bytes=0-1,4-5', 200, '0123456789', null],
    ['lines=1-2', 200, '0123456789', null],
  ])('come in ranges: %s', async (range, status, text, contentRange) => {
    const response = await fetchPicture({ range });
    expect(response.status).toBe(status);
    expect(await response.text()).toBe(text);
    expect(response.headers.get('content-range')).toBe(contentRange);
  });

  it('come whole when the range was meant for another picture', async () => {
    expect((await fetchPicture({ range: 'bytes=2-4', 'if-range': '"other"' })).status).toBe(200);
    expect((await fetchPicture({ range: 'bytes=2-4', 'if-range': `"${id}"` })).status).toBe(206);
  });

  it('leave nothing open, however they were asked for', async () => {
    await (await fetchPicture()).text();
    await (await fetchPicture({}, 'HEAD')).text();
    await (await fetchPicture({ range: 'bytes=2-4' })).text();
    await (await fetchPicture({ range: 'bytes=20-' })).text();
    await (await fetchPicture({ 'if-none-match': `"${id}"` })).text();
    await vi.waitFor(() => expect(core.openStreams()).toBe(0));
  });

  it.each(['images', 'thumbnails'])('are not there for others: %s', async (folder) => {
    const path = `/chat/${folder}/${id}`;
    expect((await browser.request(path)).status).toBe(200);
    expect((await fetch(server.url + path)).status).toBe(404);
    core.accountsOf.set(browser.visitorId(), { ...sampleAccount, id: randomUUID() });
    expect((await browser.request(path)).status).toBe(404);
  });
});

describe('completions', () => {
  const complete = async (text: string) => {
    const response = await browser.request(`/chat/suggest?text=${encodeURIComponent(text)}`);
    return ((await response.json()) as { completions: { text: string }[] }).completions.map((found) => found.text);
  };

  it.each([
    ['/', ['/help', '/imagine ', '/show ']],
    ['/im', ['/imagine ']],
    ['/imagine a fox --', ['style', 'aspect', 'count', 'negative'].map((name) => `/imagine a fox --${name} `)],
    ['/imagine a fox --aspect 1:1 --a', []],
    ['a fox --co', ['a fox --count ']],
    ['a fox', []],
    ['/nothing --', []],
  ])('%s', async (typed, found) => {
    expect(await complete(typed)).toEqual(found);
  });

  it('asks the command for values, of named options and of the main one', async () => {
    dispatch.suggestions = [
      { value: 'noir', label: 'Noir' },
      { value: 'soft light', label: 'soft light' },
    ];
    expect(await complete('/imagine a fox --style n')).toEqual([
      '/imagine a fox --style noir ',
      '/imagine a fox --style "soft light" ',
    ]);
    expect(await complete('/show ab')).toEqual(['/show noir ', '/show "soft light" ']);
  });
});

describe('files of the page', () => {
  it.each([
    ['chat.js', 'text/javascript'],
    ['thumbhash.js', 'text/javascript'],
    ['chat.css', 'text/css'],
    ['easel.svg', 'image/svg+xml'],
  ])('%s', async (name, type) => {
    const response = await fetch(`${server.url}/chat/assets/${name}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain(type);
  });

  it('are all that is served there', async () => {
    for (const path of ['..%2findex.ts', '%2e%2e/index.ts', 'missing.js']) {
      expect((await fetch(`${server.url}/chat/assets/${path}`)).status).toBe(404);
    }
  });
});

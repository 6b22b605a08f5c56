import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { cookieOf, page, type Sent, type SignInBench, type Site, startSignInBench } from './test-bench.ts';

let bench: SignInBench;
let site: Site;
let email: string;
let accountId: string;

beforeAll(async () => {
  bench = await startSignInBench();
  site = await bench.serve();
});
afterAll(() => bench.close());
beforeEach(async () => {
  ({ id: accountId, email } = await bench.makeVisitor());
});

const ask = (path: string, sent?: Sent) => site.ask(path, sent);
const signIn = (sent?: Sent) => site.signIn({ email }, sent);

test('without signing in there is a page for people and 401 for programs', async () => {
  const opened = await ask('/admin/resources/Account?page=2', { headers: page });
  expect(opened.status).toBe(303);
  expect(opened.headers.get('location')).toBe('/sign-in?to=%2Fadmin%2Fresources%2FAccount%3Fpage%3D2');
  const called = await ask('/admin/api/resources');
  expect(called.status).toBe(401);
  expect(await called.json()).toMatchObject({ error: { type: 'authentication_error', code: 'sign_in_required' } });
  expect((await ask('/admin', { method: 'POST', headers: page })).status).toBe(401);
});

test('the password opens the panel, and brings back to where one wanted to go', async () => {
  const answer = await signIn({ form: { to: '/admin/resources/Plan' } });
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toBe('/admin/resources/Plan');
  const [header] = answer.headers.getSetCookie();
  expect(header).toMatch(/^easel=s%3A.+; Path=\/; HttpOnly; SameSite=Lax$/);
  const cookie = cookieOf(answer);
  expect(await (await ask('/admin', { cookie })).json()).toEqual({ email });
  expect((await ask('/sign-in', { cookie })).status).toBe(303);
});

test.each([
  ['behind HTTPS', { publicUrl: 'https://easel.example' }],
  ['in production', { production: true }],
])('%s the cookie is bound to this host and to HTTPS', async (_when, settings) => {
  const secure = await bench.serve(settings);
  const [header] = (await secure.signIn({ email })).headers.getSetCookie();
  expect(header).toMatch(/^__Host-easel=s%3A.+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
});

test('in production, somewhere that browsers keep no cookie, the page says that it needs HTTPS', async () => {
  const address = { publicUrl: 'http://easel.example' };
  const show = async (from: Site) => (await from.ask('/sign-in')).text();
  const served = await bench.serve({ production: true, ...address });
  // Nobody comes by that name here but by the header; fetch writes its own.
  const [answer] = await once(
    request(`${served.url}/sign-in`, { headers: { host: 'easel.example' } }).end(),
    'response',
  );
  const html = (await answer.toArray()).join('');
  expect(html).toContain('needs HTTPS');
  expect(await show(served)).not.toContain('needs HTTPS');
});

test.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)', ''])(
  'nobody is sent to %s afterwards',
  async (to) => {
    expect((await signIn({ form: { to } })).headers.get('location')).toBe('/admin');
  },
);

test('a wrong password is said on the page, which keeps the address but not the password', async () => {
  const answer = await signIn({ form: { password: 'wrong"><script>', email: `"><b>${email}` } });
  expect(answer.status).toBe(401);
  const html = await answer.text();
  expect(html).toContain('role="alert"');
  expect(html).toContain(`value="&quot;&gt;&lt;b&gt;${email}"`);
  expect(html).not.toContain('wrong');
  expect(answer.headers.getSetCookie()).toEqual([]);
  expect(bench.logged.join('')).not.toContain(email);
});

test('too many tries are refused with the time to wait', async () => {
  for (let guess = 0; guess < 5; guess++) await signIn({ form: { password: 'wrong' } });
  const answer = await signIn();
  expect(answer.status).toBe(429);
  expect(Number(answer.headers.get('retry-after'))).toBe(900);
  expect(await answer.text()).toContain('15 minutes');
});

test('a session that somebody else began is not signed in by it', async () => {
  const planted = cookieOf(await signIn());
  const answer = await signIn({ cookie: planted });
  expect(cookieOf(answer)).not.toBe(planted);
  // The earlier session has ended with it.
  expect((await ask('/admin', { cookie: planted })).status).toBe(401);
  expect((await ask('/admin', { cookie: cookieOf(answer) })).status).toBe(200);
});

test('a made-up or altered cookie opens nothing', async () => {
  const cookie = cookieOf(await signIn()) as string;
  expect((await ask('/admin', { cookie: `${cookie.slice(0, -2)}xx` })).status).toBe(401);
  expect((await ask('/admin', { cookie: 'easel=s%3Aabc.def' })).status).toBe(401);
});

test('other sites can neither sign in nor out nor reach the panel', async () => {
  const cookie = cookieOf(await signIn());
  const foreign: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
  ];
  for (const headers of foreign) {
    expect((await signIn({ headers })).status).toBe(403);
    expect((await ask('/sign-out', { method: 'POST', cookie, headers })).status).toBe(403);
    expect((await ask('/admin', { method: 'POST', cookie, headers })).status).toBe(403);
    expect((await ask('/admin', { cookie, headers })).status).toBe(403);
  }
  const own = { origin: site.url };
  expect((await ask('/admin', { method: 'POST', cookie, headers: own })).status).toBe(200);
});

test('a link on another site leads to the page', async () => {
  const cookie = cookieOf(await signIn()) as string;
  // Not by fetch, which writes `Sec-Fetch-Mode` itself.
  const statusOf = async (method: string, dest: string) => {
    const headers = { cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': dest };
    const [answer] = await once(request(`${site.url}/admin`, { method, headers }).end(), 'response');
    answer.resume();
    return answer.statusCode;
  };
  expect(await statusOf('GET', 'document')).toBe(200);
  expect(await statusOf('POST', 'document')).toBe(403);
  expect(await statusOf('GET', 'iframe')).toBe(403);
});

test('whoever is demoted, suspended or deleted is out at the next request', async () => {
  const cookie = cookieOf(await signIn());
  const { account } = bench.core.database.prisma;
  await account.update({ where: { id: accountId }, data: { role: 'member' } });
  expect((await ask('/admin', { cookie })).status).toBe(403);
  await account.update({ where: { id: accountId }, data: { role: 'viewer' } });
  expect((await ask('/admin', { cookie })).status).toBe(200);
  await bench.core.accounts.setStatus(accountId, 'suspended');
  expect((await ask('/admin', { cookie })).status).toBe(403);
  await account.delete({ where: { id: accountId } });
  expect((await ask('/admin', { cookie })).status).toBe(401);
});

test('a session ends after half an hour without use, and after twelve hours whatever happens', async () => {
  const cookie = cookieOf(await signIn());
  const id = decodeURIComponent(cookie as string).match(/s:(.+)\./)?.[1];
  const left = () => bench.redisClient.ttl(`session:${id}`);
  expect(await left()).toBe(1800);
  await bench.redisClient.expire(`session:${id}`, 60);
  bench.pass(12 * 3600 - 60);
  expect((await ask('/admin', { cookie })).status).toBe(200);
  expect(await left()).toBe(1800);
  bench.pass(60);
  expect((await ask('/admin', { cookie })).status).toBe(401);
  expect(await left()).toBe(-2);
});

test('signing out takes a POST, and ends the session', async () => {
  const cookie = cookieOf(await signIn());
  expect(await (await ask('/sign-out', { cookie })).text()).toContain(email);
  expect((await ask('/admin', { cookie })).status).toBe(200);
  const answer = await ask('/sign-out', { method: 'POST', cookie });
  expect(answer.headers.get('location')).toBe('/sign-in?out');
  expect((await ask('/admin', { cookie })).status).toBe(401);
});

test('who only looks leaves nothing in Redis', async () => {
  await bench.redisClient.flushall();
  await ask('/sign-in', { headers: page });
  await ask('/admin', { headers: page });
  expect(await bench.redisClient.keys('session:*')).toEqual([]);
});

test('the page speaks the language of the browser', async () => {
  const html = await (await ask('/sign-in', { headers: { ...page, 'accept-language': 'es-MX' } })).text();
  expect(html).toContain('<html lang="es">');
  expect(html).toContain('Contraseña');
});

test('while Redis is away nobody is let in, and it says so', async () => {
  const cookie = cookieOf(await signIn());
  await bench.redis.kill();
  expect((await ask('/admin', { cookie })).status).toBe(503);
  await bench.redis.restart();
  await expect.poll(async () => (await ask('/admin')).status, { timeout: 10_000 }).toBe(401);
});

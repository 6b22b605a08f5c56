import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { cookieOf, page, password, type SignInBench, type Site, startSignInBench, type Visitor } from './test-bench.ts';

let bench: SignInBench;
/** Two processes. */
let site: Site;
let other: Site;
let visitor: Visitor;
beforeAll(async () => {
  bench = await startSignInBench();
  [site, other] = [await bench.serve(), await bench.serve({}, await bench.another())];
});
afterAll(() => bench.close());
beforeEach(async () => {
  visitor = await bench.makeVisitor();
});

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
const enter = async (userAgent = firefox) =>
  cookieOf(await site.signIn(visitor, { headers: { 'user-agent': userAgent } })) as string;
const statusAt = async (cookie: string | undefined, from = site) => (await from.ask('/admin', { cookie })).status;
const show = async (cookie: string | undefined) => (await site.ask('/security', { cookie })).text();
const handlesIn = (html: string) =>
  [...html.matchAll(/name="session" value="([^"]+)"/g)].map((match) => match[1] as string);

test('lists where one is signed in, by device, address and time', async () => {
  const cookie = await enter();
  await enter('curl/8.20.0');
  const html = await show(cookie);
  expect(html.match(/<li>/g)).toHaveLength(2);
  expect(html).toMatch(/Firefox · Linux[\s\S]*This one[\s\S]*curl/);
  expect(html).toContain('127.0.0.1, since');
  expect(html).toContain('Last seen');
  // What names a session here is not what opens it.
  expect(html).not.toContain(decodeURIComponent(cookie).match(/s:(.+)\./)?.[1]);
});

test('of other accounts nothing is listed, and nothing can be ended', async () => {
  const cookie = await enter();
  await enter();
  const [handle = ''] = handlesIn(await show(cookie));
  visitor = await bench.makeVisitor('owner');
  const theirs = await enter();
  expect((await show(theirs)).match(/<li>/g)).toHaveLength(1);
  await site.ask('/security/sessions/end', { cookie: theirs, form: { session: handle } });
  expect(handlesIn(await show(cookie))).toEqual([handle]);
});

test('one session ended is over at its next request, in every process', async () => {
  const [cookie, stolen] = [await enter(), await enter()];
  expect(await statusAt(stolen, other)).toBe(200);
  const [handle = ''] = handlesIn(await show(cookie));
  const answer = await site.ask('/security/sessions/end', { cookie, form: { session: handle } });
  expect(answer.headers.get('location')).toBe('/security?done=session_ended');
  expect(await statusAt(stolen, other)).toBe(401);
  expect(await statusAt(cookie, other)).toBe(200);
  expect(handlesIn(await show(cookie))).toEqual([]);
});

test('all others ended are over, those that are just beginning too; this one goes on under a new id', async () => {
  const [cookie, ...others] = [await enter(), await enter(), await enter()];
  // Its password was right before, its session begins after.
  const proved = await bench.core.accounts.signIn({ email: visitor.email, password, address: '192.0.2.1' });
  const answer = await site.ask('/security/sessions/end-others', { method: 'POST', cookie });
  expect(answer.headers.get('location')).toBe('/security?done=others_ended');
  for (const ended of [...others, cookie]) expect(await statusAt(ended, other)).toBe(401);
  expect(await statusAt(cookieOf(answer), other)).toBe(200);
  expect((await bench.core.accounts.readStanding(visitor.id))?.epoch).toBeGreaterThan(proved.epoch);
});

test('signing in 20 times while all sessions are ended leaves none that began before', async () => {
  const cookies = Array.from({ length: 20 }, () => enter());
  await bench.core.accounts.endSessions(visitor.id);
  const began = await Promise.all(cookies);
  const { epoch } = (await bench.core.accounts.readStanding(visitor.id)) as { epoch: number };
  expect(epoch).toBe(1);
  await bench.core.accounts.endSessions(visitor.id);
  for (const cookie of began) expect(await statusAt(cookie, other)).toBe(401);
});

test('an operator ends all sessions of another account, also while Redis is away', async () => {
  const cookie = await enter();
  await bench.redis.kill();
  await bench.core.accounts.endSessions(visitor.id);
  await bench.redis.restart();
  await expect.poll(() => statusAt(cookie, other), { timeout: 10_000 }).toBe(401);
  await expect(bench.core.accounts.endSessions(crypto.randomUUID())).rejects.toMatchObject({ code: 'not_found' });
});

test('a new password ends all other sessions', async () => {
  const [cookie, stolen] = [await enter(), await enter()];
  const next = 'staple of the orchard';
  const answer = await site.ask('/security/password', { cookie, form: { current: password, next, repeat: next } });
  expect(answer.headers.get('location')).toBe('/security?done=password_changed');
  expect(await statusAt(stolen)).toBe(401);
  expect(await statusAt(cookieOf(answer))).toBe(200);
  expect((await site.signIn(visitor)).status).toBe(401);
  expect((await site.signIn(visitor, { form: { password: next } })).status).toBe(303);
});

test.each([
  ['current', { current: 'wrong' }, 403],
  ['next', { next: 'short', repeat: 'short' }, 400],
  ['repeat', { repeat: 'something else entirely' }, 400],
])('what is wrong with a new password is said at its field: %s', async (field, wrong, status) => {
  const cookie = await enter();
  const form = { current: password, next: 'staple of the orchard', repeat: 'staple of the orchard', ...wrong };
  const answer = await site.ask('/security/password', { cookie, form });
  expect(answer.status).toBe(status);
  const html = await answer.text();
  expect(html.match(/class="error"/g)).toHaveLength(1);
  expect(html).toContain(`<p id="${field}-error" class="error" role="alert">`);
  expect(html).not.toContain('staple');
  expect(await statusAt(cookie)).toBe(200);
});

test('nothing is to be had, and nothing parsed, without signing in', async () => {
  for (const path of ['', '/second-factor', '/password']) {
    const opened = await site.ask(`/security${path}`, { headers: page });
    expect(opened.headers.get('location')).toBe(`/sign-in?${new URLSearchParams({ to: `/security${path}` })}`);
  }
  const changing = [
    '/second-factor',
    '/second-factor/remove',
    '/recovery-codes',
    '/password',
    '/sessions/end',
    '/sessions/end-others',
  ];
  for (const path of changing) {
    // Broken on purpose: whoever parsed it would answer 400 or 413.
    const form = { session: 'x'.repeat(20_000) };
    expect((await site.ask(`/security${path}`, { form, headers: page })).status).toBe(401);
  }
});

test('a suspended account sees nothing of it', async () => {
  const cookie = await enter();
  await bench.core.accounts.setStatus(visitor.id, 'suspended');
  expect((await site.ask('/security', { cookie })).status).toBe(403);
});

test('no GET ends or changes anything, nor does another site', async () => {
  const cookie = await enter();
  await enter();
  const foreign = { origin: 'https://evil.example' };
  for (const path of ['/sessions/end-others', '/sessions/end', '/recovery-codes', '/second-factor/remove']) {
    expect((await site.ask(`/security${path}`, { cookie })).status).toBe(404);
    expect((await site.ask(`/security${path}`, { cookie, method: 'POST', headers: foreign })).status).toBe(403);
  }
  for (const path of ['/password', '/second-factor']) {
    expect((await site.ask(`/security${path}`, { cookie, method: 'POST', headers: foreign })).status).toBe(403);
  }
  expect(handlesIn(await show(cookie))).toHaveLength(1);
});

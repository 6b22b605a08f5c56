import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { cookieOf, page, password, type SignInBench, type Site, startSignInBench, type Visitor } from './test-bench.ts';

let bench: SignInBench;
let site: Site;
let visitor: Visitor;
beforeAll(async () => {
  bench = await startSignInBench();
  site = await bench.serve();
});
afterAll(() => bench.close());
beforeEach(async () => {
  visitor = await bench.makeVisitor();
});

const secondStep = (cookie: string | undefined, form: Record<string, string>, from = site) =>
  from.ask('/sign-in/second-factor', { cookie, form });
const statusAt = async (cookie: string | undefined, from = site) => (await from.ask('/admin', { cookie })).status;

test('the password alone opens nothing, the code after it everything', async () => {
  const { secret } = await bench.enrol(visitor);
  const proved = await site.signIn(visitor, { form: { to: '/admin/resources/Plan' } });
  expect(proved.headers.get('location')).toBe('/sign-in/second-factor');
  const cookie = cookieOf(proved);
  expect(await statusAt(cookie)).toBe(401);
  expect((await site.ask('/security', { cookie, headers: page })).headers.get('location')).toBe(
    '/sign-in?to=%2Fsecurity',
  );
  expect(await (await site.ask('/sign-in/second-factor', { cookie })).text()).toContain('one-time-code');
  const answer = await secondStep(cookie, { code: bench.codeOf(secret) });
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toBe('/admin/resources/Plan');
  // Neither the planted nor the half-open session is the one that opens.
  expect(cookieOf(answer)).not.toBe(cookie);
  expect(await statusAt(cookie)).toBe(401);
  expect(await statusAt(cookieOf(answer))).toBe(200);
});

test('a wrong code is said at its field, and the right one still works', async () => {
  const { secret } = await bench.enrol(visitor);
  const cookie = cookieOf(await site.signIn(visitor));
  const answer = await secondStep(cookie, { code: 'abcdef' });
  expect(answer.status).toBe(401);
  const html = await answer.text();
  expect(html).toMatch(/<input id="code"[^>]*aria-describedby="code-error code-hint"[^>]*aria-invalid="true"/);
  expect(html).toContain('<p id="code-error" class="error" role="alert">');
  expect(await statusAt(cookieOf(await secondStep(cookie, { code: bench.codeOf(secret) })))).toBe(200);
});

test('a wrong recovery code is said at its own field', async () => {
  await bench.enrol(visitor);
  const answer = await secondStep(cookieOf(await site.signIn(visitor)), { recovery: '12345-67890' });
  expect(answer.status).toBe(401);
  const html = await answer.text();
  expect(html).toContain('<details open>');
  expect(html).toContain('<p id="recovery-error" class="error" role="alert">');
  expect(html).not.toContain('code-error"');
});

test('a recovery code signs in once, and says how many are left', async () => {
  const { codes } = await bench.enrol(visitor);
  const use = async () => secondStep(cookieOf(await site.signIn(visitor)), { recovery: codes[0] as string });
  const answer = await use();
  expect(answer.headers.get('location')).toBe('/security?done=recovery_used');
  const html = await (await site.ask('/security?done=recovery_used', { cookie: cookieOf(answer) })).text();
  expect(html).toContain('<b>9</b> recovery codes are left');
  expect((await use()).status).toBe(401);
});

test('the right code 50 times at once in two processes signs in once', async () => {
  const { secret } = await bench.enrol(visitor);
  const other = await bench.serve({}, await bench.another());
  const cookies = await Promise.all(Array.from({ length: 4 }, async () => cookieOf(await site.signIn(visitor))));
  const code = bench.codeOf(secret);
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => secondStep(cookies[index % 4], { code }, index % 2 ? other : site)),
  );
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  for (const { status } of answers) expect([303, 401, 429]).toContain(status);
  const opened = await Promise.all(answers.map((answer) => statusAt(cookieOf(answer))));
  expect(opened.filter((status) => status === 200)).toHaveLength(1);
});

test('guesses are counted over all processes, and the wait is told', async () => {
  const { secret } = await bench.enrol(visitor);
  const other = await bench.serve({}, await bench.another());
  const cookie = cookieOf(await site.signIn(visitor));
  for (let guess = 0; guess < 5; guess++) await secondStep(cookie, { code: '00000x' }, guess % 2 ? other : site);
  const answer = await secondStep(cookie, { code: bench.codeOf(secret) }, other);
  expect(answer.status).toBe(429);
  expect(Number(answer.headers.get('retry-after'))).toBe(900);
  expect(await answer.text()).toContain('15 minutes');
  // Neither does a new password round help.
  expect((await secondStep(cookieOf(await site.signIn(visitor)), { code: bench.codeOf(secret) })).status).toBe(429);
});

test('ten minutes after the password the code comes too late', async () => {
  const { secret } = await bench.enrol(visitor);
  const cookie = cookieOf(await site.signIn(visitor));
  bench.pass(600);
  const answer = await secondStep(cookie, { code: bench.codeOf(secret) });
  expect(answer.status).toBe(401);
  expect(await answer.text()).toContain('took too long');
  expect((await site.ask('/sign-in/second-factor', { cookie })).headers.get('location')).toBe('/sign-in');
});

test('without the password there is no second step', async () => {
  expect((await secondStep(undefined, { code: '123456' })).status).toBe(401);
});

test('whoever is half signed in when the sessions are ended, or the password changes, must begin again', async () => {
  const { secret } = await bench.enrol(visitor);
  const cookie = cookieOf(await site.signIn(visitor));
  await bench.core.accounts.endSessions(visitor.id);
  const answer = await secondStep(cookie, { code: bench.codeOf(secret) });
  expect(await statusAt(cookieOf(answer))).toBe(401);
});

test('in production nothing opens before there is a second factor, but to those who do not run the service', async () => {
  const strict = await bench.serve({ production: true });
  const cookie = cookieOf(await strict.signIn(visitor));
  expect(cookie).toMatch(/^__Host-easel=/);
  const opened = await strict.ask('/admin/resources/Account', { cookie, headers: page });
  expect(opened.headers.get('location')).toBe('/security/second-factor');
  const called = await strict.ask('/admin/api/resources/Account/actions/list', { cookie });
  expect(called.status).toBe(403);
  expect(await called.json()).toMatchObject({ error: { code: 'second_factor_required' } });
  for (const path of ['/security', '/security/password']) {
    expect((await strict.ask(path, { cookie, headers: page })).headers.get('location')).toBe('/security/second-factor');
  }
  const form = { current: password, next: 'another long password', repeat: 'another long password' };
  expect((await strict.ask('/security/password', { cookie, form })).status).toBe(403);

  const html = await (await strict.ask('/security/second-factor', { cookie })).text();
  const secret = `${html.match(/<code class="secret">([^<]+)/)?.[1]}`.replaceAll(' ', '');
  const done = await strict.ask('/security/second-factor', { cookie, form: { code: bench.codeOf(secret) } });
  expect((await done.text()).match(/<li><code>/g)).toHaveLength(10);
  // The session that set it up goes on under another name; the one before it has ended.
  expect(await statusAt(cookie, strict)).toBe(401);
  expect(await statusAt(cookieOf(done), strict)).toBe(200);

  const member = await bench.makeVisitor('member');
  const theirs = cookieOf(await strict.signIn(member));
  expect((await strict.ask('/security', { cookie: theirs })).status).toBe(200);
  expect(await statusAt(theirs, strict)).toBe(403);
});

test('looking at the proposal changes nothing, and shows the same again', async () => {
  const cookie = cookieOf(await site.signIn(visitor));
  const show = async () => (await site.ask('/security/second-factor', { cookie })).text();
  const html = await show();
  expect(html).toContain('<svg class="qr" role="img"');
  expect(html).toContain('href="otpauth://totp/');
  expect(await show()).toBe(html);
  expect(await bench.core.accounts.secondFactor.status(visitor.id)).toBeNull();
  const elsewhere = await (
    await site.ask('/security/second-factor', { cookie: cookieOf(await site.signIn(visitor)) })
  ).text();
  expect(elsewhere).not.toBe(html);
});

test('another phone: taken off with a code, which ends all other sessions', async () => {
  const { secret } = await bench.enrol(visitor);
  const enter = async () => {
    const answer = await secondStep(cookieOf(await site.signIn(visitor)), { code: bench.codeOf(secret) });
    bench.pass(30);
    return cookieOf(answer);
  };
  const [cookie, other] = [await enter(), await enter()];
  const remove = (code: string) => site.ask('/security/second-factor/remove', { cookie, form: { remove: code } });
  const refused = await remove('abcdef');
  expect(refused.status).toBe(401);
  expect(await refused.text()).toContain('<p id="remove-error"');
  const answer = await remove(bench.codeOf(secret));
  expect(answer.headers.get('location')).toBe('/security?done=factor_removed');
  expect(await statusAt(other)).toBe(401);
  expect(await statusAt(cookieOf(answer))).toBe(200);
  expect(await statusAt(cookieOf(await site.signIn(visitor)))).toBe(200);
});

test('new recovery codes take a code', async () => {
  const { secret, codes } = await bench.enrol(visitor);
  const entered = await secondStep(cookieOf(await site.signIn(visitor)), { recovery: codes[0] as string });
  const renew = (code: string) =>
    site.ask('/security/recovery-codes', { cookie: cookieOf(entered), form: { renew: code } });
  const refused = await renew('');
  expect(refused.status).toBe(401);
  expect(await refused.text()).toContain('<p id="renew-error"');
  const html = await (await renew(bench.codeOf(secret))).text();
  expect(html.match(/<li><code>/g)).toHaveLength(10);
  expect((await secondStep(cookieOf(await site.signIn(visitor)), { recovery: codes[1] as string })).status).toBe(401);
});

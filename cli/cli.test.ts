import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Secret, TOTP } from 'otpauth';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../test/support/core.ts';
import { runEasel } from '../test/support/easel.ts';
import { makeDataDir } from '../test/support/holder.ts';
import { createTestDatabase } from '../test/support/servers.ts';

let service: TestCore;

beforeAll(async () => {
  service = await startTestCore();
});
afterAll(() => service.close());

/** Beside the running service. */
const easel = (line: string) =>
  runEasel(service.dataDir, line.split(' '), {
    DATABASE_URL: service.database.url,
    REDIS_URL: service.redis.url,
    LOG_LEVEL: 'error',
  });

test('what is not understood is exit code 2, and says what was likely meant', async () => {
  expect(await easel('acount create')).toMatchObject({
    code: 2,
    output: '',
    errors: expect.stringContaining('Did you mean account create'),
  });
  const forPrograms = await easel('doctor --json --rolle web');
  expect(forPrograms).toMatchObject({ code: 2, errors: '' });
  expect(forPrograms.json()).toMatchObject({ ok: false, error: { code: 'usage' } });
});

test('help lists every command', async () => {
  const { code, output } = await easel('help');
  expect(code).toBe(0);
  for (const name of [
    'doctor',
    'migrate',
    'account create',
    'account password reset',
    'account second-factor reset',
    'apikey create',
    'apikey list',
    'apikey revoke',
    'plan set',
    'plan give',
    'pack set',
    'billing reconcile',
  ])
    expect(output).toContain(`easel -- ${name} `);
});

test('faulty settings are told by name', async () => {
  const result = await runEasel(service.dataDir, ['migrate', '--json'], { PORT: 'x', REDIS_URL: 'y' });
  expect(result.code).toBe(1);
  expect(result.json()).toMatchObject({
    error: { code: 'settings', message: expect.stringMatching(/PORT:.*REDIS_URL:/s) },
  });
});

test('migrate applies what is missing, once', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  const migrate = () =>
    runEasel(service.dataDir, ['migrate', '--json'], { DATABASE_URL: database.url, REDIS_URL: service.redis.url });
  const first = await migrate();
  expect(first).toMatchObject({ code: 0 });
  const all = readdirSync(path.join(import.meta.dirname, '../prisma/migrations')).filter((name) => /^\d+_/.test(name));
  expect(first.json()).toEqual({ ok: true, applied: all.sort() });
  expect((await migrate()).json()).toEqual({ ok: true, applied: [] });
  expect((await client.query('SELECT count(*)::int AS plans FROM plans')).rows).toEqual([{ plans: 2 }]);
  await client.end();
  await database.drop();
});

test('it also works on its own, on servers that come with it, and leaves none behind', async () => {
  const folder = makeDataDir();
  const made = await runEasel(folder, ['account', 'create', '--email', 'ann@example.com'], { LOG_LEVEL: 'error' });
  expect(made).toMatchObject({ code: 0, output: 'Made the account ann@example.com: member, plan free\n', errors: '' });
  const again = await runEasel(folder, ['account', 'create', '--email', 'ann@example.com', '--json']);
  expect(again.json()).toEqual({
    ok: false,
    error: { code: 'refused', message: 'ann@example.com has an account already' },
  });
  for (const server of ['postgres', 'redis']) {
    const mark = JSON.parse(readFileSync(path.join(folder, 'data', server, 'server.json'), 'utf8'));
    expect(mark).toMatchObject({ pid: 0 });
  }
  rmSync(folder, { recursive: true });
});

test('an account is made with plan and role; who signs in to the panel gets a password', async () => {
  const member = await easel('account create --email Member@Example.com --plan premium --json');
  expect(member.json()).toEqual({
    ok: true,
    account: { id: expect.any(String), email: 'member@example.com', role: 'member', planSlug: 'premium' },
  });
  const operator = await easel('account create --email op@example.com --role operator --json');
  const { password } = operator.json<{ password: string }>();
  const { accountId } = await service.core.accounts.signIn({ email: 'op@example.com', password, address: '127.0.0.1' });
  expect(await service.core.accounts.get(accountId)).toMatchObject({ role: 'operator', planSlug: 'free' });
});

test('who lost the second factor or the password comes back in, and whoever else is signed in is out', async () => {
  const { accounts } = service.core;
  const made = await easel('account create --email lost@example.com --role owner --json');
  const { account } = made.json<{ account: { id: string; email: string } }>();
  const { secret } = accounts.secondFactor.propose(account, 'browser');
  await accounts.secondFactor.enrol(account, 'browser', TOTP.generate({ secret: Secret.fromBase32(secret) }));
  const off = await easel('account second-factor reset --email Lost@example.com');
  expect(off).toMatchObject({ code: 0, output: expect.stringContaining('Took the second factor off') });
  expect(await accounts.readStanding(account.id)).toMatchObject({ hasSecondFactor: false, epoch: 2 });
  const none = await easel('account second-factor reset --email lost@example.com --json');
  expect(none.json()).toEqual({ ok: true, email: 'lost@example.com', existed: false });

  const reset = await easel('account password reset --email lost@example.com --json');
  const { password } = reset.json<{ password: string }>();
  const signedIn = await accounts.signIn({ email: 'lost@example.com', password, address: '127.0.0.1' });
  expect(signedIn).toEqual({ accountId: account.id, epoch: 4, needsSecondFactor: false });
  expect(await easel('account password reset --email nobody@example.com')).toMatchObject({ code: 1, output: '' });
});

test.each([
  ['account create --email nonsense', 1, "doesn't look like an email address"],
  ['account create --email a@example.com --plan premum', 1, 'Did you mean premium?'],
  ['account create --email a@example.com --role king', 2, '--role must be one of member, viewer, operator, owner'],
  ['account create', 2, 'needs --email'],
  ['plan set fre --daily 1', 1, 'Did you mean free?'],
  ['plan set free', 2, 'Say which limit to change'],
  ['plan set free --daily many', 2, '--daily must be a whole number of 0 or more, not many'],
  ['plan set free --concurrent 0', 2, '--concurrent must be a whole number of 1 or more, not 0'],
  ['plan set free --cooldown 9999999999', 2, '--cooldown must be a whole number'],
])('"%s" is refused with a reason', async (line, code, reason) => {
  expect(await easel(line)).toMatchObject({ code, output: '', errors: expect.stringContaining(reason) });
});

test('a plan is changed for the next request of a running service, and only what was named', async () => {
  const { userId } = await makeMember(service.core);
  const readPlan = async () => (await service.core.accounts.find('web', userId))?.plan;
  const before = await readPlan();
  expect(before).toMatchObject({ perDay: 20, perMonth: null });
  const line = 'plan set free --daily 7 --monthly 70 --cooldown 0 --per-minute 9 --concurrent 4 --json';
  const changed = { perDay: 7, perMonth: 70, cooldownSeconds: 0, perMinute: 9, concurrent: 4 };
  expect((await easel(line)).json()).toEqual({ ok: true, plan: { slug: 'free', price: null, ...changed } });
  // Sooner than what is remembered of a member would expire.
  await expect.poll(readPlan, { timeout: 2_000 }).toEqual({ ...before, ...changed });
  expect((await easel('plan set free --monthly none')).output).toContain('7 images a day, any number a month');
  await expect.poll(readPlan, { timeout: 2_000 }).toMatchObject({ perDay: 7, perMonth: null });
});

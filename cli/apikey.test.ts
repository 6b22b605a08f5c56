import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../test/support/core.ts';
import { runEasel } from '../test/support/easel.ts';

let service: TestCore;

beforeAll(async () => {
  service = await startTestCore();
});
afterAll(() => service.close());

/** Beside the running service. */
const easel = (...typed: string[]) =>
  runEasel(service.dataDir, typed, {
    // With its key, by which API keys are hashed.
    DATA_DIR: service.dataDir,
    DATABASE_URL: service.database.url,
    REDIS_URL: service.redis.url,
    LOG_LEVEL: 'error',
  });
const verify = (key: string) => service.core.apiKeys.verify(key, '192.0.2.1');

test('a key is made, works in the running service, is listed without itself, and revoked there at once', async () => {
  const { account } = await makeMember(service.core);
  const made = await easel('apikey', 'create', '--email', account.email.toUpperCase(), '--name', 'ci', '--json');
  const { key, apiKey } = made.json<{ key: string; apiKey: { id: string } }>();
  for (let times = 0; times < 3; times++)
    expect((await verify(key)).key.scopes).toEqual(['generate', 'read', 'manage']);
  const list = await easel('apikey', 'list', '--email', account.email, '--json');
  expect(list.json()).toMatchObject({ ok: true, apiKeys: [{ id: apiKey.id, name: 'ci', lastFour: key.slice(-4) }] });
  expect(list.output).not.toContain(key);
  const revoked = await easel('apikey', 'revoke', 'ci', '--email', account.email);
  expect(revoked).toMatchObject({ code: 0, output: `Revoked the API key ci: ${key.slice(0, 13)}…${key.slice(-4)}\n` });
  await expect(verify(key)).rejects.toMatchObject({ code: 'key_revoked' });
}, 30_000);

test('a key has the scopes, the end and the cap that are asked for', async () => {
  const { account } = await makeMember(service.core);
  const options = ['--scopes', 'read, generate', '--expires', '90d', '--cap', '12'];
  const made = await easel('apikey', 'create', '--email', account.email, ...options);
  expect(made.output).toMatch(/^Made the API key command line: generate, read, until 20/);
  const { key } = await verify(/esl_live_\w+/.exec(made.output)?.[0] ?? '');
  expect(key).toMatchObject({ scopes: ['generate', 'read'], dailyCap: 12 });
  expect(Math.round(((key.expiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000)).toBe(90);
});

test.each([
  [['apikey', 'create'], 2, 'needs --email'],
  [['apikey', 'create', '--email', 'nobody@example.com'], 1, 'account create --email nobody@example.com'],
  [['apikey', 'create', '--email', 'a@example.com', '--scopes', 'root'], 2, '--scopes takes some of'],
  [['apikey', 'create', '--email', 'a@example.com', '--expires', '2020-01-01'], 2, '--expires must be'],
  [['apikey', 'create', '--email', 'a@example.com', '--cap', '0'], 2, '--cap must be'],
  [['apikey', 'revoke', '--email', 'a@example.com'], 2, 'needs KEY'],
])('%j is refused with a reason', async (typed, code, reason) => {
  expect(await easel(...typed)).toMatchObject({ code, output: '', errors: expect.stringContaining(reason) });
});

test('a key that nobody has is refused by its name', async () => {
  const { account } = await makeMember(service.core);
  const { code, errors } = await easel('apikey', 'revoke', 'sever', '--email', account.email);
  expect([code, errors]).toEqual([1, expect.stringContaining('no API key called sever')]);
});

import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { Redis } from 'ioredis';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DiscordEmulator, startDiscord } from '../../test/emulators/discord/index.ts';
import { type ReplicateEmulator, startReplicate } from '../../test/emulators/replicate/index.ts';
import { startTelegram, type TelegramEmulator } from '../../test/emulators/telegram/index.ts';
import { startTestCore, type TestCore } from '../../test/support/core.ts';
import { runEasel } from '../../test/support/easel.ts';
import { makeDataDir } from '../../test/support/holder.ts';
import type { Check } from './check.ts';

let service: TestCore;
let discord: DiscordEmulator;
let telegram: TelegramEmulator;
let replicate: ReplicateEmulator;
let mail: { url: string; close(): void };

beforeAll(async () => {
  [service, discord, telegram, replicate, mail] = await Promise.all([
    startTestCore(),
    startDiscord(),
    startTelegram(),
    startReplicate(),
    startMailServer(),
  ]);
});
afterAll(async () => {
  mail.close();
  await Promise.all([discord.close(), telegram.close(), replicate.close(), service.close()]);
});

const servers = () => ({ DATABASE_URL: service.database.url, REDIS_URL: service.redis.url });

async function examine(settings: Record<string, string>): Promise<{ code: number; text: string; checks: Check[] }> {
  const { code, output, json } = await runEasel(service.dataDir, ['doctor', '--json'], settings);
  return { code, text: output, checks: json<{ checks: Check[] }>().checks };
}

const find = (checks: Check[], name: string) => checks.find((check) => check.name === name);

test('all is well: every server and credential is named, and every process that is alive', async () => {
  const leave = await service.core.presence.keep(['web', 'worker']);
  const { code, text, checks } = await examine({
    ...servers(),
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_API_URL: telegram.url,
    REPLICATE_API_TOKEN: replicate.token,
    REPLICATE_API_URL: replicate.apiUrl,
    SMTP_URL: mail.url,
  });
  await leave();
  expect(checks.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'Settings ok',
    'Data ok',
    'Postgres ok',
    'Migrations ok',
    'Redis ok',
    'Mail ok',
    'Discord ok',
    'Telegram ok',
    'Replicate ok',
    'Stripe off',
    'Process ok',
  ]);
  expect(find(checks, 'Process')?.detail).toMatch(`web, worker: process ${process.pid} on ${hostname()}, since`);
  expect(code).toBe(0);
  for (const secret of [discord.token, telegram.token, replicate.token, 'letmein']) expect(text).not.toContain(secret);
});

test('what is not set is off, and says what turns it on', async () => {
  const { code, checks } = await examine(servers());
  expect(code).toBe(0);
  const offs = checks.filter(({ state }) => state === 'off');
  expect(offs.map(({ name }) => name)).toEqual(['Mail', 'Discord', 'Telegram', 'Replicate', 'Stripe', 'Processes']);
  expect(find(checks, 'Discord')?.detail).toBe('DISCORD_TOKEN turns it on');
  expect(find(checks, 'Mail')?.detail).toContain('SMTP_URL sends it');
});

test('refused credentials and absent servers are faults, each with a cure, and none hides another', async () => {
  const { code, text, checks } = await examine({
    DATABASE_URL: 'postgresql://easel:hunter2@127.0.0.1:1/easel',
    REDIS_URL: 'redis://:hunter2@127.0.0.1:1',
    DISCORD_TOKEN: 'wrong.hunter2.token',
    DISCORD_API_URL: discord.apiUrl,
    TELEGRAM_BOT_TOKEN: '1:hunter2',
    TELEGRAM_API_URL: telegram.url,
    REPLICATE_API_TOKEN: 'hunter2',
    REPLICATE_API_URL: replicate.apiUrl,
    SMTP_URL: mail.url.replace('letmein', 'hunter2'),
  });
  const faults = Object.fromEntries(
    checks.filter((check) => check.state === 'fault').map(({ name, detail, cure }) => [name, `${detail}. ${cure}`]),
  );
  expect(faults).toEqual({
    Postgres: expect.stringMatching(/ECONNREFUSED.*DATABASE_URL/),
    Redis: expect.stringMatching(/ECONNREFUSED.*REDIS_URL/),
    Discord: expect.stringMatching(/refuses the token \(401\).*DISCORD_TOKEN/),
    Telegram: expect.stringMatching(/refuses the token \(401\).*TELEGRAM_BOT_TOKEN/),
    Replicate: expect.stringMatching(/refuses the token \(401\).*REPLICATE_API_TOKEN/),
    Mail: expect.stringMatching(/Wrong password.*SMTP_URL/),
  });
  expect(find(checks, 'Migrations')?.state).toBe('off');
  expect(find(checks, 'Processes')?.state).toBe('off');
  expect(code).toBe(1);
  expect(text).not.toContain('hunter2');
});

test('a service that cannot be reached is told by its address, not by its token', async () => {
  const { text, checks } = await examine({
    ...servers(),
    TELEGRAM_BOT_TOKEN: '1:hunter2',
    TELEGRAM_API_URL: 'http://127.0.0.1:1',
  });
  expect(text).not.toContain('hunter2');
  expect(find(checks, 'Telegram')).toMatchObject({ state: 'fault', cure: expect.stringContaining('TELEGRAM_API_URL') });
});

test('a Redis that evicts, or keeps nothing on disk, is a fault', async () => {
  const admin = new Redis(service.redis.url);
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
  expect(find((await examine(servers())).checks, 'Redis')).toMatchObject({
    state: 'fault',
    detail: expect.stringContaining('evicts (allkeys-lru)'),
    cure: 'Set `maxmemory-policy noeviction`',
  });
  await admin.config('SET', 'maxmemory-policy', 'noeviction');
  await admin.config('SET', 'appendonly', 'no');
  expect(find((await examine(servers())).checks, 'Redis')).toMatchObject({
    state: 'fault',
    cure: 'Set `appendonly yes`',
  });
  await admin.config('SET', 'appendonly', 'yes');
  admin.disconnect();
});

test('every faulty setting is a line of its own', async () => {
  const { code, checks } = await examine({ PORT: 'x', SECRET_KEY: 'short', SMTP_URL: 'mail' });
  expect(code).toBe(1);
  expect(checks.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'PORT fault',
    'SECRET_KEY fault',
    'SMTP_URL fault',
  ]);
});

test('people get one line each, with the cure behind the fault', async () => {
  const { code, output } = await runEasel(service.dataDir, ['doctor'], {
    ...servers(),
    REDIS_URL: 'redis://127.0.0.1:1',
  });
  expect(code).toBe(1);
  expect(output).toMatch(/^fault {2}Redis {7}.*ECONNREFUSED.*\. Start the server, or mend the address in REDIS_URL$/m);
  expect(output).toMatch(/^ok {5}Postgres {4}PostgreSQL \d+/m);
  expect(output.trim().split('\n')).toHaveLength(11);
});

test('on a machine with nothing it looks at the servers that come with Easel', async () => {
  const folder = makeDataDir();
  const { json } = await runEasel(folder, ['doctor', '--json']);
  rmSync(folder, { recursive: true });
  const { checks } = json<{ checks: Check[] }>();
  expect(find(checks, 'Postgres')).toMatchObject({ state: 'ok', detail: expect.stringContaining('embedded') });
  expect(find(checks, 'Redis')).toMatchObject({ state: 'ok', detail: expect.stringContaining('embedded') });
  expect(find(checks, 'Migrations')).toMatchObject({
    state: 'fault',
    cure: expect.stringContaining('easel -- migrate'),
  });
});

test('a role is alive on this machine, or is not; the answer comes at once', async () => {
  const ask = (role: string) => runEasel(service.dataDir, ['doctor', '--role', role], servers());
  const leave = await service.core.presence.keep(['worker']);
  const began = performance.now();
  expect(await ask('worker')).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^ok {5}worker {2}process \d+ on/),
  });
  // A whole Node starts for it, here on a machine that runs other tests meanwhile.
  expect(performance.now() - began).toBeLessThan(3_000);
  expect(await ask('discord')).toMatchObject({ code: 1, output: expect.stringContaining('npm start -- discord') });
  await leave();
  expect(await ask('worker')).toMatchObject({ code: 1 });
  expect(await ask('printer')).toMatchObject({ code: 2 });
});

test('a role of another machine does not count, and neither does one nobody can ask about', async () => {
  const client = new Redis(service.redis.url);
  const other = { id: 'x', roles: ['worker'], host: 'elsewhere', pid: 1, since: new Date().toISOString() };
  await client.sadd('presence', 'x');
  await client.set('presence:x', JSON.stringify(other), 'EX', 60);
  expect(await runEasel(service.dataDir, ['doctor', '--role', 'worker'], servers())).toMatchObject({ code: 1 });
  await client.del('presence:x');
  client.disconnect();
  const away = { ...servers(), REDIS_URL: 'redis://127.0.0.1:1' };
  expect(await runEasel(service.dataDir, ['doctor', '--role', 'worker'], away)).toMatchObject({
    code: 1,
    output: expect.stringContaining('ECONNREFUSED'),
  });
});

async function startMailServer(): Promise<{ url: string; close(): void }> {
  const server = new SMTPServer({
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, done) =>
      username === 'easel' && password === 'letmein'
        ? done(null, { user: username })
        : done(new Error('Wrong password')),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address() as { port: number };
  return { url: `smtp://easel:letmein@127.0.0.1:${address.port}`, close: () => server.close() };
}

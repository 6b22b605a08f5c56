import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { Ajv } from 'ajv';
import { Redis } from 'ioredis';
import { Secret, TOTP } from 'otpauth';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { findFreePort } from '../core/embedded/process.ts';
import { settingsSchema } from '../core/settings.ts';
import { type DiscordEmulator, startDiscord } from './emulators/discord/index.ts';
import { startTelegram, type TelegramEmulator } from './emulators/telegram/index.ts';
import { type ComposeService, layOutImage, readCompose, readRequiredVariables } from './support/compose.ts';
import { createTestDatabase, startTestRedis, type TestDatabase, type TestRedis } from './support/servers.ts';

const variables = { SECRET_KEY: 's'.repeat(32), POSTGRES_PASSWORD: 'p'.repeat(32) };
const compose = readCompose(variables);
const ours = Object.entries(compose.services).filter(([, service]) => service.build);
const serving = ours.filter(([, service]) => service.healthcheck);

let database: TestDatabase;
let redis: TestRedis;
let discord: DiscordEmulator;
let telegram: TelegramEmulator;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'easel-image-'));
  mkdirSync(path.join(folder, 'data'));
  layOutImage(path.join(folder, 'app'));
  [database, redis, discord, telegram] = await Promise.all([
    createTestDatabase(),
    startTestRedis(),
    startDiscord({ identifyIntervalMs: 0 }),
    startTelegram(),
  ]);
});
afterAll(async () => {
  await Promise.all([discord.close(), telegram.close(), database.drop(), redis.stop()]);
  rmSync(folder, { recursive: true });
});

test('the file is one by the schema of compose', () => {
  // The specification's own schema, as a linter of compose files brings it; its exports hide it.
  const file = path.join(import.meta.dirname, '../node_modules/dclint/schemas/compose.schema.json');
  const schema = JSON.parse(readFileSync(file, 'utf8'));
  const validate = new Ajv({ strict: false, validateFormats: false }).compile({ ...schema, $schema: undefined });
  expect(validate(compose), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...compose, services: { web: { comand: ['node'] } } })).toBe(false);
});

test('without the secrets it says which lines .env needs', () => {
  expect(readRequiredVariables()).toEqual(Object.keys(variables).sort());
  for (const name of readRequiredVariables()) {
    expect(() => readCompose({ ...variables, [name]: '' })).toThrow(`${name} needs a line in .env, from openssl rand`);
  }
});

test('each role is a container of its own, of one image, on the same servers and the same data', () => {
  expect(serving.map(([name]) => name).sort()).toEqual(['admin', 'discord', 'telegram', 'web', 'worker']);
  for (const [name, service] of serving) {
    expect(service.command).toEqual(['node', 'main.ts', name]);
    expect(service).toMatchObject({ build: '.', image: 'easel', env_file: '.env', restart: 'unless-stopped' });
    expect(service.volumes).toEqual(['data:/data']);
    expect(service.depends_on).toEqual({
      postgres: { condition: 'service_healthy' },
      redis: { condition: 'service_healthy' },
      migrate: { condition: 'service_completed_successfully' },
    });
  }
  expect(compose.volumes).toEqual({ data: null, postgres: null, redis: null });
});

test('what is set there are settings of Easel, and the addresses are those of the other containers', () => {
  const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = compose.services.postgres?.environment ?? {};
  for (const [, { environment }] of ours) {
    for (const name of Object.keys(environment)) expect(Object.keys(settingsSchema.shape)).toContain(name);
    expect(environment).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0', SECRET_KEY: variables.SECRET_KEY });
    expect(environment.DATABASE_URL).toBe(
      `postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/${POSTGRES_DB}`,
    );
    expect(environment.REDIS_URL).toBe('redis://redis:6379');
  }
});

test('only web and panel are published, to this machine alone', () => {
  const published = Object.entries(compose.services).flatMap(([name, { ports = [] }]) =>
    ports.map((port) => [name, port]),
  );
  expect(published).toEqual([
    ['web', `127.0.0.1:3000:${compose.services.web?.environment.PORT}`],
    ['admin', `127.0.0.1:3001:${compose.services.admin?.environment.PORT}`],
  ]);
});

test('no container is killed before Easel has stopped by itself', () => {
  const [, limitMs] =
    /process\.exit\(code \|\| 1\), ([\d_]+)\)/.exec(
      readFileSync(path.join(import.meta.dirname, '../main.ts'), 'utf8'),
    ) ?? [];
  for (const [, { stop_grace_period }] of ours) {
    expect(Number.parseInt(stop_grace_period ?? '', 10) * 1000).toBeGreaterThan(Number(limitMs?.replace('_', '')));
  }
});

test('the command of migrate, as written, brings an empty database up to date and ends', async () => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  const { exited, output } = run(compose.services.migrate as ComposeService, await fill('migrate'));
  expect(await exited, await output).toBe(0);
  expect((await client.query('SELECT count(*)::int AS plans FROM plans')).rows).toEqual([{ plans: 2 }]);
  await client.end();
});

test.each(serving.map(([name]) => name))('%s, run as written, turns healthy, and ends in order', async (name) => {
  const service = compose.services[name] as ComposeService;
  const environment = await fill(name);
  expect(await checkHealth(service, environment)).not.toBe(0);
  const { child, exited, output } = run(service, environment);
  const deadline = performance.now() + 25_000;
  while ((await checkHealth(service, environment)) !== 0) {
    if (performance.now() > deadline || child.exitCode !== null) throw new Error(`not healthy: ${await stop()}`);
    await wait(200);
  }
  if (name === 'admin') expect(await openPanel(environment)).toContain('<!DOCTYPE html>');
  await stop();
  expect(await exited).toBe(0);
  expect(await checkHealth(service, environment)).not.toBe(0);

  async function stop(): Promise<string> {
    child.kill('SIGTERM');
    return output;
  }
});

test('the command of redis, as written, keeps what it is given, and never evicts', async () => {
  const { command = [], image } = compose.services.redis as ComposeService;
  expect([command[0], image]).toEqual(['redis-server', 'redis:7']);
  const port = await findFreePort();
  const given = [...command.slice(1), '--port', String(port), '--dir', folder];
  const child = spawn(inject('redisProgram'), given, { stdio: ['ignore', 'ignore', 'inherit'] });
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50 });
  client.on('error', () => {});
  expect(await client.config('GET', 'appendonly')).toContain('yes');
  expect(await client.config('GET', 'maxmemory-policy')).toContain('noeviction');
  client.disconnect();
  child.kill('SIGTERM');
  await once(child, 'exit');
});

/** What is in .env and in the file, with the servers of this test in the place of the containers. */
async function fill(name: string): Promise<Record<string, string>> {
  return {
    LOG_LEVEL: 'warn',
    PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin`,
    ADMIN_EMAIL: 'operator@example.com',
    ADMIN_PASSWORD: 'correct horse battery',
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_API_URL: telegram.url,
    ...compose.services[name]?.environment,
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    DATA_DIR: path.join(folder, 'data'),
    PORT: String(await findFreePort()),
  };
}

/** What the panel shows to the first operator, who sets up a second factor before; it loads most of itself only then. */
async function openPanel({ PORT, ADMIN_EMAIL = '', ADMIN_PASSWORD = '' }: Record<string, string>): Promise<string> {
  let cookie = '';
  const ask = async (path: string, form?: Record<string, string>) => {
    const sent = form ? { method: 'POST', body: new URLSearchParams(form) } : {};
    const answer = await fetch(`http://127.0.0.1:${PORT}${path}`, { ...sent, headers: { cookie }, redirect: 'manual' });
    cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
    return answer.text();
  };
  await ask('/sign-in', { email: ADMIN_EMAIL, password: ADMIN_PASSWORD });
  const shown = (await ask('/security/second-factor')).match(/class="secret">([^<]+)/)?.[1] ?? '';
  await ask('/security/second-factor', { code: TOTP.generate({ secret: Secret.fromBase32(shown) }) });
  return ask('/admin');
}

function run(service: ComposeService, environment: Record<string, string>) {
  const child = start(service.command ?? [], environment);
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return { child, exited, output: text(child.stdout as NodeJS.ReadableStream) };
}

/** The exit code of the health check as written. */
async function checkHealth(service: ComposeService, environment: Record<string, string>): Promise<number | null> {
  const [kind, ...command] = service.healthcheck?.test ?? [];
  expect(kind).toBe('CMD');
  const child = start(command, environment);
  child.stdout?.resume();
  const [code] = await once(child, 'exit');
  return code;
}

function start([program = '', ...given]: string[], environment: Record<string, string>): ChildProcess {
  return spawn(program, given, {
    cwd: path.join(folder, 'app'),
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { holdServer, makeDataDir } from '../../test/support/holder.ts';
import { startRedis } from './redis.ts';
import { unpackRedis } from './redis-program.ts';

const log = { info: () => {}, warn: () => {} };
let dataDir = '';

beforeEach(() => {
  dataDir = makeDataDir();
  vi.stubEnv('PATH', `${path.dirname(inject('redisProgram'))}:${process.env.PATH}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dataDir, { recursive: true });
});

const start = () => startRedis({ dataDir, log });

test('a restart keeps the data and the port; nothing is ever evicted', async () => {
  const first = await start();
  await ask(first.url, (client) => client.set('kept', 'fox'));
  await first.stop();
  const second = await start();
  expect(second.url).toBe(first.url);
  expect(await ask(second.url, (client) => client.get('kept'))).toBe('fox');
  expect(await ask(second.url, (client) => client.config('GET', 'maxmemory-policy'))).toContain('noeviction');
  expect(await ask(second.url, (client) => client.config('GET', 'appendonly'))).toContain('yes');
  expect(await ask(second.url, (client) => client.config('GET', 'bind'))).toContain('127.0.0.1');
  await second.stop();
});

test('it is closed without the password', async () => {
  const server = await start();
  const open = new URL(server.url);
  open.password = '';
  await expect(ask(open.href, (client) => client.get('kept'))).rejects.toThrow(/NOAUTH/);
  await server.stop();
});

test('a server whose owner was killed is adopted, and stopped by the new owner', async () => {
  const holder = await holdServer('redis', dataDir);
  await ask(holder.url, (client) => client.set('kept', 'fox'));
  const guest = await start();
  expect(guest.owned).toBe(false);
  await guest.stop();
  await holder.end('SIGKILL');
  const adopted = await start();
  expect(adopted).toMatchObject({ owned: true, url: holder.url });
  expect(await ask(adopted.url, (client) => client.get('kept'))).toBe('fox');
  await adopted.stop();
  await expect(ask(adopted.url, (client) => client.ping())).rejects.toThrow();
});

test('of two processes that start at once one owns the server', async () => {
  const holders = await Promise.all([1, 2].map(() => holdServer('redis', dataDir)));
  expect(holders.map(({ owned }) => owned).sort()).toEqual([false, true]);
  expect(holders[0]?.url).toBe(holders[1]?.url);
  for (const holder of holders) await holder.end('SIGTERM');
});

test('a server that ends while it is needed comes back with its port and data; after five times in a minute it is left', async () => {
  const said: string[] = [];
  const tell = (message: string) => void said.push(message);
  const server = await startRedis({ dataDir, log: { info: tell, warn: tell, error: tell } });
  const readRecord = () => JSON.parse(readFileSync(path.join(dataDir, 'redis/server.json'), 'utf8'));
  await ask(server.url, (client) => client.config('SET', 'appendfsync', 'always'));
  await ask(server.url, (client) => client.set('kept', 'fox'));
  for (let times = 1; times <= 5; times++) {
    process.kill(readRecord().pid, 'SIGKILL');
    await expect.poll(() => said.filter((line) => line === 'Redis is back'), { timeout: 20_000 }).toHaveLength(times);
    expect(await ask(server.url, (client) => client.get('kept'))).toBe('fox');
  }
  process.kill(readRecord().pid, 'SIGKILL');
  await expect.poll(() => said.at(-1), { timeout: 20_000 }).toMatch(/^Redis keeps ending and stays down: .*REDIS_URL/);
  expect(said.filter((line) => line === 'Redis is back')).toHaveLength(5);
  await server.stop();
}, 60_000);

test('one that is stopped on purpose stays down', async () => {
  const said: string[] = [];
  const tell = (message: string) => void said.push(message);
  const server = await startRedis({ dataDir, log: { info: tell, warn: tell, error: tell } });
  const { pid } = JSON.parse(readFileSync(path.join(dataDir, 'redis/server.json'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  await server.stop();
  expect(said.filter((line) => line === 'Redis is back')).toEqual([]);
  await expect(ask(server.url, (client) => client.ping())).rejects.toThrow();
});

test('without Redis and without apt the one error names the line to type', async () => {
  const bare = holdServer('redis', dataDir, { PATH: '/nowhere' });
  await expect(bare).rejects.toMatch(/run `(sudo apt install redis-server|brew install redis)`, or set REDIS_URL/);
});

test('a folder that cannot be used is an error that names it', async () => {
  writeFileSync(path.join(dataDir, 'redis'), 'a file where the folder belongs');
  await expect(start()).rejects.toThrow(`Easel cannot use the folder ${path.join(dataDir, 'redis')} (EEXIST)`);
});

test('the unpacked program is found again without fetching', async () => {
  const fetched: string[] = [];
  const folder = path.join(path.dirname(inject('redisProgram')), '../..');
  const command = await unpackRedis(folder, { info: (message) => fetched.push(message), warn: () => {} });
  expect(command).toBe(inject('redisProgram'));
  expect(fetched).toEqual([]);
});

async function ask<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0, enableReadyCheck: false });
  client.on('error', () => {});
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

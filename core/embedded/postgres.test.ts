import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holdServer, makeDataDir } from '../../test/support/holder.ts';
import { startPostgres } from './postgres.ts';

const log = { info: () => {}, warn: () => {} };
let dataDir = '';

beforeEach(() => {
  dataDir = makeDataDir();
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const start = () => startPostgres({ dataDir, log, durable: false });

test('a restart keeps the data and the port', async () => {
  const first = await start();
  await ask(first.url, 'CREATE TABLE kept (word text)');
  await ask(first.url, "INSERT INTO kept VALUES ('fox')");
  await first.stop();
  await expect(ask(first.url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
  const second = await start();
  expect(second.url).toBe(first.url);
  expect(await ask(second.url, 'SELECT word FROM kept')).toEqual([{ word: 'fox' }]);
  await second.stop();
});

test('durable by default, deaf to the network, and closed without the password', async () => {
  const server = await startPostgres({ dataDir, log });
  expect(await ask(server.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  expect(await ask(server.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  const stranger = new URL(server.url);
  stranger.password = 'guess';
  await expect(ask(stranger.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  await server.stop();
});

test('a server whose owner was killed is adopted, and stopped by the new owner', async () => {
  const holder = await holdServer('postgres', dataDir);
  expect(holder.owned).toBe(true);
  const before = await ask(holder.url, 'SELECT pg_postmaster_start_time()::text AS began');
  await holder.end('SIGKILL');
  const adopted = await start();
  expect(adopted).toMatchObject({ owned: true, url: holder.url });
  expect(await ask(adopted.url, 'SELECT pg_postmaster_start_time()::text AS began')).toEqual(before);
  await adopted.stop();
  await expect(ask(adopted.url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
});

test('a guest uses the server of a living owner and leaves it running', async () => {
  const holder = await holdServer('postgres', dataDir);
  const guest = await start();
  expect(guest).toMatchObject({ owned: false, url: holder.url });
  await guest.stop();
  expect(await ask(holder.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await holder.end('SIGTERM');
  await expect(ask(holder.url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
});

test('of three processes that start at once on an empty folder one owns the server', async () => {
  const holders = await Promise.all([1, 2, 3].map(() => holdServer('postgres', dataDir)));
  expect(holders.filter(({ owned }) => owned)).toHaveLength(1);
  expect(new Set(holders.map(({ url }) => url)).size).toBe(1);
  for (const holder of holders) await holder.end('SIGTERM');
});

test('Ctrl-C, which reaches a whole process group, does not reach the server', async () => {
  const holder = await holdServer('postgres', dataDir);
  process.kill(-(holder.child.pid ?? 0), 'SIGINT');
  const began = await ask(holder.url, 'SELECT pg_backend_pid() > 0 AS alive');
  expect(began).toEqual([{ alive: true }]);
  await holder.end('SIGTERM');
  const said = readFileSync(path.join(dataDir, 'postgres/server.log'), 'utf8');
  expect(said.match(/received .* shutdown request/g)).toHaveLength(1);
});

test('what a crash of the machine leaves behind does not prevent a start', async () => {
  const first = await start();
  await first.stop();
  // Its number now belongs to a process that has nothing to do with it: this one.
  const cluster = path.join(dataDir, 'postgres/cluster');
  writeFileSync(path.join(cluster, 'postmaster.pid'), `${process.pid}\n${cluster}\n1\n1\n\n127.0.0.1\n`);
  const mark = { pid: process.pid, birth: 'another boot', port: Number(new URL(first.url).port), ownerPid: 1 };
  writeFileSync(path.join(dataDir, 'postgres/server.json'), JSON.stringify(mark));
  const second = await start();
  expect(await ask(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await second.stop();
});

test('a server killed under its owner comes back, with its port and data, also for whoever joins meanwhile', async () => {
  const holder = await holdServer('postgres', dataDir);
  // Disposable servers write later what is committed: not this.
  await ask(holder.url, 'SET synchronous_commit = on; CREATE TABLE kept (word text)');
  const { pid } = JSON.parse(readFileSync(path.join(dataDir, 'postgres/server.json'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => ask(holder.url, 'SELECT 1').catch((error: Error) => error.message)).toMatch(/ECONNREFUSED/);
  const guest = await start();
  expect(guest).toMatchObject({ owned: false, url: holder.url });
  expect(await ask(holder.url, 'SELECT word FROM kept')).toEqual([]);
  await holder.end('SIGTERM');
  await expect(ask(holder.url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
});

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

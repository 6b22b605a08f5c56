import { hostname } from 'node:os';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startTestRedis, type TestRedis } from '../test/support/servers.ts';
import { createPresence } from './presence.ts';

let redis: TestRedis;
let client: Redis;

beforeEach(async () => {
  redis = await startTestRedis();
  client = new Redis(redis.url, { maxRetriesPerRequest: 0, retryStrategy: () => 20 });
  client.on('error', () => {});
});
afterEach(async () => {
  vi.useRealTimers();
  client.disconnect();
  await redis.stop();
});

test('a process is listed with its roles while it lives, and no longer', async () => {
  const presence = createPresence({ client });
  expect(await presence.list()).toEqual([]);
  const leaveFirst = await presence.keep(['web', 'worker']);
  const leaveSecond = await presence.keep(['discord']);
  const here = { host: hostname(), pid: process.pid };
  expect(await presence.list()).toEqual([
    expect.objectContaining({ ...here, roles: ['web', 'worker'] }),
    expect.objectContaining({ ...here, roles: ['discord'] }),
  ]);
  await leaveFirst();
  expect((await presence.list()).map(({ roles }) => roles)).toEqual([['discord']]);
  await leaveSecond();
  expect(await client.keys('presence*')).toEqual([]);
});

test('one that stops without a word is forgotten after 15 seconds, and its id with it', async () => {
  const presence = createPresence({ client });
  const leave = await presence.keep(['worker']);
  const [only] = await presence.list();
  const left = await client.pttl(`presence:${only?.id}`);
  expect(left).toBeGreaterThan(14_000);
  expect(left).toBeLessThanOrEqual(15_000);
  await client.del(`presence:${only?.id}`);
  expect(await presence.list()).toEqual([]);
  expect(await client.scard('presence')).toBe(0);
  await leave();
});

test('it is said every 5 seconds, so that an emptied Redis learns it again', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const presence = createPresence({ client });
  const leave = await presence.keep(['worker']);
  await client.flushall();
  expect(await presence.list()).toEqual([]);
  vi.advanceTimersByTime(5_000);
  vi.useRealTimers();
  await expect.poll(() => presence.list()).toHaveLength(1);
  await leave();
});

test('keeping and leaving do not fail while Redis is away; listing does', async () => {
  const presence = createPresence({ client });
  await redis.kill();
  const leave = await presence.keep(['web']);
  await expect(presence.list()).rejects.toThrow();
  await leave();
  await redis.restart();
});

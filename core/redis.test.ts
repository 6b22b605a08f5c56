import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestRedis } from '../test/support/servers.ts';
import { openRedis, type RedisClient } from './redis.ts';

let server: Awaited<ReturnType<typeof startTestRedis>>;
let redis: RedisClient;
beforeAll(async () => {
  server = await startTestRedis();
  redis = openRedis({ url: server.url, log: pino({ level: 'silent' }) });
  await redis.connect();
});
afterAll(async () => {
  await redis.close();
  await server.stop();
});

const aRun = /^[0-9a-f]{40}$/;
const runTold = async () => /run_id:(\w+)/.exec(await redis.client.info('server'))?.[1];

test('the run is the one the server tells, known once connected', async () => {
  expect(redis.run()).toMatch(aRun);
  expect(redis.run()).toBe(await runTold());
});

test('after a restart with its data it is another one, and while away one that never was', async () => {
  const first = redis.run();
  await server.kill();
  await expect.poll(() => redis.run()).not.toMatch(aRun);
  await server.restart();
  await expect.poll(() => redis.run(), { timeout: 10_000 }).toMatch(aRun);
  expect(redis.run()).not.toBe(first);
  expect(redis.run()).toBe(await runTold());
}, 20_000);

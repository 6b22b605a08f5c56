import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestRedis, type TestRedis } from '../../test/support/servers.ts';
import { openRedis, type RedisClient } from '../redis.ts';
import { createPace, type PaceKey } from './pace.ts';

describe('pace', () => {
  let server: TestRedis;
  let redis: RedisClient;
  let at = 0;
  const clock = () => new Date(at);
  const chat: PaceKey = { key: 'chat', ratePerSecond: 1, burst: 3 };
  const all: PaceKey = { key: 'all', ratePerSecond: 10, burst: 1 };

  beforeAll(async () => {
    server = await startTestRedis();
    redis = openRedis({ url: server.url, log: pino({ level: 'silent' }) });
    await redis.connect();
  });
  afterAll(async () => {
    await redis.close();
    await server.stop();
  });
  beforeEach(async () => {
    at = Date.UTC(2026, 10, 21);
    await redis.client.flushall();
  });

  it('lets a burst through, then one a second', async () => {
    const pace = createPace({ redis, clock });
    expect([await pace.take([chat]), await pace.take([chat]), await pace.take([chat])]).toEqual([0, 0, 0]);
    expect(await pace.take([chat])).toBe(1000);
    at += 999;
    expect(await pace.take([chat])).toBe(1);
    at += 1;
    expect(await pace.take([chat])).toBe(0);
    expect(await pace.take([chat])).toBe(1000);
  });

  it('takes under all keys or none', async () => {
    const pace = createPace({ redis, clock });
    expect(await pace.take([all, chat])).toBe(0);
    expect(await pace.take([all, chat])).toBe(100);
    at += 100;
    // Had the refused call counted for the chat, its burst of three would be used up by now.
    expect(await pace.take([all, chat])).toBe(0);
    at += 100;
    expect(await pace.take([all, chat])).toBe(0);
    at += 100;
    expect(await pace.take([all, chat])).toBe(700);
  });

  it('lets several turns go together and takes the time afterwards', async () => {
    const pace = createPace({ redis, clock });
    expect(await pace.take([chat], 5)).toBe(0);
    expect(await pace.take([chat])).toBe(3_000);
  });

  it('holds a key as long as it was told to, and only that one', async () => {
    const pace = createPace({ redis, clock });
    await pace.hold('chat', 5_000);
    await pace.hold('chat', 2_000);
    expect(await pace.take([chat])).toBe(5_000);
    expect(await pace.take([all])).toBe(0);
    at += 5_000;
    expect(await pace.take([chat])).toBe(0);
  });

  it('keeps several processes within one limit, by the clock of Redis', async () => {
    const other = openRedis({ url: server.url, log: pino({ level: 'silent' }) });
    await other.connect();
    const paces = [createPace({ redis }), createPace({ redis: other })];
    const slow: PaceKey = { key: 'slow', ratePerSecond: 0.01, burst: 30 };
    const waits = await Promise.all(Array.from({ length: 200 }, (_, index) => paces[index % 2]?.take([slow])));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(30);
    await other.close();
  });

  it('lets everything go while Redis is away', async () => {
    const away = openRedis({ url: 'redis://127.0.0.1:1', log: pino({ level: 'silent' }) });
    const pace = createPace({ redis: away });
    await pace.hold('chat', 5_000);
    expect(await pace.take([chat])).toBe(0);
    await away.close();
  });
});

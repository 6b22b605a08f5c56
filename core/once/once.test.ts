import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestRedis, type TestRedis } from '../../test/support/servers.ts';
import { openRedis, type RedisClient } from '../redis.ts';
import { createOnce } from './once.ts';

describe('once', () => {
  let server: TestRedis;
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
  beforeEach(async () => {
    await redis.client.flushall();
  });

  it('does a thing once and remembers what came of it', async () => {
    const once = createOnce({ redis });
    expect(await once.run('a', async () => ({ messageId: 5 }))).toEqual({ done: true, value: { messageId: 5 } });
    expect(await once.run('a', async () => ({ messageId: 6 }))).toEqual({ done: true, value: { messageId: 5 } });
    expect(await once.run('b', async () => ({ messageId: 7 }))).toEqual({ done: true, value: { messageId: 7 } });
  });

  it('tells the second of two at once to come back', async () => {
    const once = createOnce({ redis });
    const started = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<number>();
    const first = once.run('a', () => {
      started.resolve();
      return finish.promise;
    });
    await started.promise;
    const second = await once.run('a', async () => 2);
    expect(second).toEqual({ done: false, retryAfterMs: expect.any(Number) });
    finish.resolve(1);
    expect(await first).toEqual({ done: true, value: 1 });
    expect(await once.run('a', async () => 2)).toEqual({ done: true, value: 1 });
  });

  it('leaves the way free after a failure', async () => {
    const once = createOnce({ redis });
    await expect(once.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await once.run('a', async () => 2)).toEqual({ done: true, value: 2 });
  });

  it('frees the way when whoever had it in hand is gone', async () => {
    const once = createOnce({ redis });
    await redis.client.set('once:a', 'held by the dead', 'PX', 20);
    await expect.poll(() => once.run('a', async () => 2)).toEqual({ done: true, value: 2 });
  });
});

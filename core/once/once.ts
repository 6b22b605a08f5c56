import { randomUUID } from 'node:crypto';
import type { RedisClient } from '../redis.ts';

/** What came of it: the first run's result, or when to ask again while someone else has it in hand. */
export type OnceOutcome<T> = { done: true; value: T } | { done: false; retryAfterMs: number };

/** Longer than any one call to a chat platform may take. */
const holdMs = 90_000;
const rememberSeconds = 7 * 86_400;

/**
 * Remembers what was done, for services that take no idempotency key. Redis may forget: then a
 * repeat is done again, which for a message is better than never.
 */
export function createOnce({ redis }: { redis: Pick<RedisClient, 'client'> }) {
  /**
   * Runs `work` unless it was done before under this key, in any process, within a week; its result
   * must be JSON. Two at once: the second is told to come back. A failure is thrown and leaves the key
   * free; after a crash in the middle it is free again after 90 seconds. Throws while Redis is away.
   */
  async function run<T>(key: string, work: () => Promise<T>): Promise<OnceOutcome<T>> {
    const name = `once:${key}`;
    const mine = `held ${randomUUID()}`;
    const found = await redis.client.set(name, mine, 'PX', holdMs, 'NX', 'GET');
    if (found?.startsWith('done ')) return { done: true, value: JSON.parse(found.slice(5)) as T };
    if (found) return { done: false, retryAfterMs: Math.max(1_000, await redis.client.pttl(name)) };
    const value = await work().catch(async (error: unknown) => {
      await redis.client.eval(releaseScript, 1, name, mine).catch(() => {});
      throw error;
    });
    await redis.client.set(name, `done ${JSON.stringify(value ?? null)}`, 'EX', rememberSeconds).catch(() => {});
    return { done: true, value };
  }

  return { run };
}

const releaseScript = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`;

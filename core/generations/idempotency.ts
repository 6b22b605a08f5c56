import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { RedisClient } from '../redis.ts';

const rememberedMs = 24 * 3_600_000;
/** No key contains it, so that no key can be mistaken for another one's later use. */
const separator = '\n';

/** What came before under a key. */
export type EarlierRequest = { id: string; requestHash: string | null };

export type Idempotency = ReturnType<typeof createIdempotency>;

/** Keys that callers choose, good for 24 hours: the same key again means the same request. */
export function createIdempotency({
  database,
  redis,
  clock,
}: {
  database: Database;
  redis: RedisClient;
  clock: Clock;
}) {
  /**
   * The first request under a key within the last 24 hours, or null; and the request id that belongs to the key now.
   * Each use after 24 hours has a request id of its own, the same for all who come at once.
   */
  async function find(source: string, key: string): Promise<{ requestId: string; earlier: EarlierRequest | null }> {
    let requestId = key;
    for (let uses = 1; ; uses++) {
      const earlier = await database.prisma.generation.findUnique({
        where: { source_requestId: { source, requestId } },
        select: { id: true, requestHash: true, createdAt: true },
      });
      if (!earlier) return { requestId, earlier: null };
      if (clock().getTime() - earlier.createdAt.getTime() < rememberedMs) return { requestId, earlier };
      requestId = `${key}${separator}${uses + 1}`;
    }
  }

  /**
   * Marks a request whose caller is still being kept waiting, for at most `ms`. Answers how to take the mark off, or
   * null when somebody else waits. Throws AppError `unavailable` while Redis is away.
   */
  async function hold(source: string, key: string, ms: number): Promise<(() => Promise<void>) | null> {
    const name = nameOf(source, key);
    const mine = randomUUID();
    const set = await redis.client.set(name, mine, 'PX', ms, 'NX').catch(refuse);
    if (set !== 'OK') return null;
    return async () => {
      await redis.client.eval(releaseScript, 1, name, mine).catch(() => {});
    };
  }

  /** Whether somebody is being kept waiting for this key's first answer. */
  async function isHeld(source: string, key: string): Promise<boolean> {
    return (await redis.client.exists(nameOf(source, key)).catch(refuse)) === 1;
  }

  return { find, hold, isHeld };
}

const nameOf = (source: string, key: string) => `in-flight:${source}:${key}`;
const releaseScript = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`;

function refuse(error: unknown): never {
  throw new AppError('unavailable', {}, { cause: error });
}

import { randomBytes } from 'node:crypto';
import { createBatch } from '../batch.ts';
import type { RedisClient } from '../redis.ts';

export type KeyVersions = ReturnType<typeof createKeyVersions>;

/** What is remembered under a version for this long is asked for again, whatever Redis says. */
export const rememberMs = 5_000;
const keepSeconds = 30 * 24 * 60 * 60;

/**
 * A random word for each account in Redis, another one after every change to its keys: what a process
 * remembers of a key holds only as long as the word is the same. One read, for many requests at once, is
 * cheaper than asking Postgres, and unlike news it cannot be lost: a word that is gone fits nothing.
 */
export function createKeyVersions({ redis }: { redis: Pick<RedisClient, 'client' | 'run'> }) {
  const name = (accountId: string) => `keys:${accountId}`;
  const readMany = createBatch<string, string | null>((ids) => redis.client.mget(ids.map(name)), {
    largest: 200,
    parallel: 4,
  });

  /** The account's present word; null when there is none yet. Throws while Redis is away. */
  async function read(accountId: string): Promise<string | null> {
    // A server that was restarted may have lost its last second, and with it a change.
    const run = redis.run();
    const word = await readMany(accountId);
    return word && `${run} ${word}`;
  }

  /** Gives an account its first word; the next `read` finds it. */
  async function begin(accountId: string): Promise<void> {
    await redis.client.set(name(accountId), randomWord(), 'EX', keepSeconds, 'NX');
  }

  /**
   * To be called after a change was committed to Postgres. Once it resolves no process goes by what it
   * remembers from before: with Redis away, by waiting until everybody has forgotten.
   */
  async function renew(accountId: string): Promise<void> {
    try {
      await redis.client.set(name(accountId), randomWord(), 'EX', keepSeconds);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, rememberMs));
    }
  }

  return { read, begin, renew };
}

const randomWord = () => randomBytes(9).toString('base64url');

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createBatch } from '../batch.ts';
import type { RedisClient } from '../redis.ts';

export type AccountVersions = ReturnType<typeof createAccountVersions>;

/** What is remembered under a version for this long is asked for again, whatever Redis says. */
export const rememberMs = 60_000;
const keepSeconds = 30 * 24 * 60 * 60;

/**
 * A random word for each account in Redis and one for all of them, another one after every change to the account, its
 * keys or the plans: what a process remembers of a key and its account holds only as long as both words are the same.
 * One read, for many requests at once, is cheaper than asking Postgres, and unlike news it cannot be lost: a word that
 * is gone fits nothing.
 */
export function createAccountVersions({ redis }: { redis: Pick<RedisClient, 'client' | 'run'> }) {
  const readMany = createBatch<string, string | null>(
    async (ids) => {
      const [all, ...words] = await redis.client.mget(everyone, ...ids.map(nameOf));
      return words.map((word) => (all && word ? `${all} ${word}` : null));
    },
    { largest: 200, parallel: 4 },
  );

  /** The account's present word; null when there is none yet. Throws while Redis is away. */
  async function read(accountId: string): Promise<string | null> {
    // A server that was restarted may have lost its last second, and with it a change.
    const run = redis.run();
    const word = await readMany(accountId);
    return word && `${run} ${word}`;
  }

  /** Gives an account its first word; the next `read` finds it. */
  async function begin(accountId: string): Promise<void> {
    const names = [everyone, nameOf(accountId)];
    await Promise.all(names.map((name) => redis.client.set(name, randomWord(), 'EX', keepSeconds, 'NX')));
  }

  /**
   * To be called after a change of these accounts was committed to Postgres, without any after one that may concern all.
   * Once it resolves no process goes by what it remembers from before: while Redis is away, by waiting for it, or until
   * everybody has forgotten.
   */
  async function renew(accountIds?: readonly string[]): Promise<void> {
    const names = accountIds ? accountIds.map(nameOf) : [everyone];
    const forgotten = AbortSignal.timeout(rememberMs);
    while (!forgotten.aborted) {
      try {
        await Promise.all(names.map((name) => redis.client.set(name, randomWord(), 'EX', keepSeconds)));
        return;
      } catch {
        await once(redis.client, 'ready', { signal: forgotten }).catch(() => {});
      }
    }
  }

  return { read, begin, renew };
}

const nameOf = (accountId: string) => `account:${accountId}`;
const everyone = 'accounts';
const randomWord = () => randomBytes(9).toString('base64url');

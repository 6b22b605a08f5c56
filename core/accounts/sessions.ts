import type { RedisClient } from '../redis.ts';

/**
 * Texts that end by themselves when nobody asks for them: what is known of somebody who signed in.
 * They live in Redis alone, so losing Redis signs everybody out and loses nothing else. Every call
 * rejects while Redis is away.
 */
export function createSessions({ redis }: { redis: Pick<RedisClient, 'client'> }) {
  const { client } = redis;
  const keyOf = (id: string) => `session:${id}`;

  return {
    read: (id: string): Promise<string | null> => client.get(keyOf(id)),
    /** Writes it anew; it ends after `seconds`. */
    async write(id: string, text: string, seconds: number): Promise<void> {
      await client.set(keyOf(id), text, 'EX', seconds);
    },
    /** Lets it live `seconds` from now. */
    async prolong(id: string, seconds: number): Promise<void> {
      await client.expire(keyOf(id), seconds);
    },
    async end(id: string): Promise<void> {
      await client.del(keyOf(id));
    },
  };
}

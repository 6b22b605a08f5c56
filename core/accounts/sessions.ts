import { Prisma } from '@prisma/client';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { RedisClient } from '../redis.ts';

/** A session that has not ended by itself; `text` is what was written, `seconds` how long it lives unless prolonged. */
export type KeptSession = { id: string; text: string; seconds: number };

export type Sessions = ReturnType<typeof createSessions>;

/** Longer than any session lives, so that the list of an account's sessions never ends before they do. */
const listedSeconds = 7 * 86_400;

/**
 * Texts that end by themselves when nobody asks for them: what is known of somebody who signed in.
 * They live in Redis alone, so losing Redis signs everybody out and loses nothing else. Calls to it
 * reject while it is away. What ends all sessions of an account at once is a number in Postgres.
 */
export function createSessions({ redis, database }: { redis: Pick<RedisClient, 'client'>; database: Database }) {
  const { client } = redis;
  const keyOf = (id: string) => `session:${id}`;
  const listOf = (accountId: string) => `sessions:${accountId}`;

  /** Puts a session on the list of an account. */
  async function enlist(accountId: string, id: string): Promise<void> {
    await client.multi().sadd(listOf(accountId), id).expire(listOf(accountId), listedSeconds).exec();
  }

  /** What is on the list of an account and has not ended by itself. */
  async function list(accountId: string): Promise<KeptSession[]> {
    const ids = await client.smembers(listOf(accountId));
    const found = await Promise.all(
      ids.map(async (id) => {
        const [text, seconds] = await Promise.all([client.get(keyOf(id)), client.ttl(keyOf(id))]);
        return { id, text, seconds };
      }),
    );
    const gone = found.filter(({ text }) => text === null).map(({ id }) => id);
    if (gone.length) await client.srem(listOf(accountId), ...gone);
    return found.flatMap(({ id, text, seconds }) => (text === null ? [] : [{ id, text, seconds }]));
  }

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
    enlist,
    list,
    /**
     * Ends all sessions of an account, those that are just beginning too, also while Redis is away. Answers
     * the number that sessions must carry from now on. Throws AppError `not_found`.
     */
    endAll: (accountId: string): Promise<number> => raiseSessionEpoch(database.prisma, accountId),
  };
}

/** For changes that end all sessions of an account in the same transaction. Throws AppError `not_found`. */
export async function raiseSessionEpoch(
  client: Pick<Prisma.TransactionClient, 'account'>,
  accountId: string,
): Promise<number> {
  try {
    const { sessionEpoch } = await client.account.update({
      where: { id: accountId },
      data: { sessionEpoch: { increment: 1 } },
      select: { sessionEpoch: true },
    });
    return sessionEpoch;
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2025')
      throw new AppError('not_found', {}, { cause: error });
    throw error;
  }
}

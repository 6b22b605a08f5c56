import type { RedisClient } from '../redis.ts';
import type { Verdict } from './decision.ts';
import { rebuildScript, reserveScript, settleScript } from './scripts.ts';

/** The quota scripts as commands of the Redis client, sent by their hash. */
export function defineScripts(redis: RedisClient) {
  type Script<T> = (...argumentsAfterName: (string | number)[]) => Promise<T>;
  redis.client.defineCommand('quotaReserve', { numberOfKeys: 3, lua: reserveScript });
  redis.client.defineCommand('quotaSettle', { numberOfKeys: 3, lua: settleScript });
  redis.client.defineCommand('quotaRebuild', { numberOfKeys: 3, lua: rebuildScript });
  const client = redis.client as unknown as Record<'quotaReserve' | 'quotaSettle' | 'quotaRebuild', Script<unknown>>;
  return {
    reserve: (...values: (string | number)[]) => client.quotaReserve(...values) as Promise<Verdict>,
    settle: (...values: (string | number)[]) => client.quotaSettle(...values) as Promise<number>,
    rebuild: (...values: (string | number)[]) => client.quotaRebuild(...values) as Promise<number>,
  };
}

import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../errors.ts';
import type { RedisClient } from '../redis.ts';

const quarterHour = 15 * 60;

/** Tries and the seconds after which they are forgotten. */
type Limits = Record<'pair' | 'address' | 'account', readonly [tries: number, seconds: number]>;

/**
 * For passwords. Tries at one account from one address are few. An account as a whole allows more, or
 * anybody could lock its owner out; an address allows more, since many people may share one.
 */
export const passwordTries: Limits = {
  pair: [5, quarterHour],
  address: [60, quarterHour],
  account: [100, 4 * quarterHour],
};

/** For second factors: six digits are guessed sooner, and only who knows the password comes that far. */
export const secondFactorTries: Limits = {
  pair: [5, quarterHour],
  address: [30, quarterHour],
  account: [20, 4 * quarterHour],
};

/** Who tries: what names the account, always written alike, and the network address that the request came from. */
export type Attempt = { account: string; address: string };

export type Attempts = ReturnType<typeof createAttempts>;

/**
 * Counts tries over all processes. A try is counted before anything is compared, so that parallel
 * guesses cannot outrun the limit. Closed while Redis is away: a session could not be kept then either.
 * @param name of what is tried; different names count apart
 */
export function createAttempts({
  redis,
  name,
  limits,
}: {
  redis: Pick<RedisClient, 'client'>;
  name: string;
  limits: Limits;
}) {
  const open = (limit: keyof Limits) => {
    const [points, duration] = limits[limit];
    return new RateLimiterRedis({ storeClient: redis.client, keyPrefix: `${name}:${limit}`, points, duration });
  };
  const pair = open('pair');
  const address = open('address');
  const account = open('account');

  /** Counts a try. Throws AppError `too_many_attempts` with the minutes until the next as `count`, or `unavailable`. */
  async function count(attempt: Attempt): Promise<void> {
    const keys = keysOf(attempt);
    try {
      // In turn, from the narrowest: what one of them stops must not use up the others.
      await pair.consume(keys.pair);
      await address.consume(keys.address);
      await account.consume(keys.account);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw new AppError('unavailable', {}, { cause: refusal });
      throw new AppError('too_many_attempts', { count: Math.ceil(refusal.msBeforeNext / 60_000) });
    }
  }

  /** Takes a try that succeeded off the counts. */
  async function forgive(attempt: Attempt): Promise<void> {
    const keys = keysOf(attempt);
    const given = [pair.delete(keys.pair), address.reward(keys.address), account.reward(keys.account)];
    await Promise.allSettled(given);
  }

  return { count, forgive };
}

function keysOf({ account, address }: Attempt) {
  // Neither addresses of people nor texts of any length belong into key names.
  const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
  const network = networkOf(address);
  return { pair: digest(`${account} ${network}`), address: digest(network), account: digest(account) };
}

/** One household holds a whole /64 of IPv6: counting single addresses would count nothing. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(plain)) return plain;
  const [before = '', after = ''] = plain.toLowerCase().split('::');
  const head = before ? before.split(':') : [];
  const tail = after ? after.split(':') : [];
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
}

import { tooManyRequests } from './errors.ts';
import type { Violation } from './types.ts';

/** How fast a bot may send. */
export interface Limits {
  /** Messages a second over all chats. */
  overallPerSecond: number;
  /** Messages a second in one private chat, in the long run. */
  privatePerSecond: number;
  /** How many messages a private chat takes at once before that holds; the service allows "short bursts" without a number. */
  privateBurst: number;
  /** Messages a minute in one group. */
  groupPerMinute: number;
}

/** The service's published limits. */
export const PUBLISHED_LIMITS: Limits = {
  overallPerSecond: 30,
  privatePerSecond: 1,
  privateBurst: 20,
  groupPerMinute: 20,
};

/** Requests that were on their way when the refusal was sent are no violation. */
const IN_FLIGHT_MS = 100;

interface Bucket {
  /** When it is empty again, in ms. */
  emptyAt: number;
  /** Until when the bot was told to wait, and since when it knows. */
  blockedUntil: number;
  toldAt: number;
}

/** Counts messages and refuses those over the limits. */
export function createLimiter(limits: Limits, violations: Violation[]) {
  const buckets = new Map<number | 'all chats', Bucket>();

  function bucketOf(key: number | 'all chats'): Bucket {
    const bucket = buckets.get(key) ?? {
      emptyAt: 0,
      blockedUntil: 0,
      toldAt: Infinity,
    };
    buckets.set(key, bucket);
    return bucket;
  }

  function rateOf(key: number | 'all chats'): {
    interval: number;
    burst: number;
  } {
    if (key === 'all chats')
      return {
        interval: 1000 / limits.overallPerSecond,
        burst: limits.overallPerSecond,
      };
    if (key < 0)
      return {
        interval: 60_000 / limits.groupPerMinute,
        burst: limits.groupPerMinute,
      };
    return {
      interval: 1000 / limits.privatePerSecond,
      burst: limits.privateBurst,
    };
  }

  /** How long `count` more messages have to wait, in ms. */
  function waitFor(key: number | 'all chats', count: number, now: number): number {
    const { interval, burst } = rateOf(key);
    const level = Math.max(bucketOf(key).emptyAt, now) + count * interval - now;
    const overflow = level - Math.max(burst, count) * interval;
    return Math.max(overflow, bucketOf(key).blockedUntil - now);
  }

  function noteViolation(method: string, key: number | 'all chats', now: number) {
    const bucket = bucketOf(key);
    if (now < bucket.blockedUntil && now > bucket.toldAt + IN_FLIGHT_MS) {
      violations.push({
        method,
        chat: key,
        at: now,
        early: bucket.blockedUntil - now,
      });
    }
  }

  function block(key: number | 'all chats', seconds: number, now: number) {
    const bucket = bucketOf(key);
    if (bucket.blockedUntil <= now) bucket.toldAt = now;
    bucket.blockedUntil = Math.max(bucket.blockedUntil, now + seconds * 1000);
  }

  return {
    /** Counts `count` messages to a chat, or throws 429 with the whole seconds to wait. */
    take(method: string, chat: number, count = 1) {
      const now = Date.now();
      const keys = ['all chats', chat] as const;
      for (const key of keys) noteViolation(method, key, now);
      for (const key of keys) {
        const wait = waitFor(key, count, now);
        if (wait <= 0) continue;
        const seconds = Math.max(1, Math.ceil(wait / 1000));
        block(key, seconds, now);
        throw tooManyRequests(seconds);
      }
      for (const key of keys) {
        const bucket = bucketOf(key);
        bucket.emptyAt = Math.max(bucket.emptyAt, now) + count * rateOf(key).interval;
      }
    },
    /** Makes a chat (or all of them) wait, as after a 429 that a test asked for. */
    hold(chat: number | undefined, seconds: number) {
      block(chat ?? 'all chats', seconds, Date.now());
    },
  };
}

/** What `createLimiter` makes. */
export type Limiter = ReturnType<typeof createLimiter>;

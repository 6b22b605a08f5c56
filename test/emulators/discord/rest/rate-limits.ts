import { createHash } from 'node:crypto';
import type { BucketName } from './route.ts';

export type BucketLimit = { limit: number; perMs: number };

/** What Discord's headers showed for these routes; it publishes none of them and may change each. */
const DEFAULT_LIMITS: Record<BucketName, BucketLimit> = {
  gateway: { limit: 2, perMs: 5_000 },
  self: { limit: 10, perMs: 5_000 },
  commands: { limit: 5, perMs: 20_000 },
  callback: { limit: 5, perMs: 1_000 },
  webhook: { limit: 5, perMs: 2_000 },
  channel: { limit: 10, perMs: 5_000 },
  createMessage: { limit: 5, perMs: 5_000 },
  editMessage: { limit: 5, perMs: 5_000 },
  openChannel: { limit: 10, perMs: 10_000 },
};

const INVALID_WINDOW_MS = 10 * 60_000;

export type Verdict = { headers: Record<string, string>; refused: null | { retryAfter: number; global: boolean } };

/**
 * Counts requests as Discord does: by bucket and channel or webhook, 50 a second over all, and the refused
 * ones (401, 403, 429) of ten minutes, past which an address is shut out. Real time, since real clients wait in it.
 */
export function createRateLimits(options: {
  limits: Partial<Record<BucketName, BucketLimit>>;
  globalPerSecond: number;
  invalidLimit: number;
}) {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const windows = new Map<string, { used: number; resetsAt: number }>();
  let invalid: number[] = [];

  function count(key: string, { limit, perMs }: BucketLimit) {
    const now = Date.now();
    let window = windows.get(key);
    if (!window || window.resetsAt <= now) {
      window = { used: 0, resetsAt: now + perMs };
      windows.set(key, window);
    }
    const refused = window.used >= limit;
    if (!refused) window.used += 1;
    return {
      refused,
      remaining: limit - window.used,
      resetsAt: window.resetsAt,
      after: (window.resetsAt - now) / 1000,
    };
  }

  return {
    /** Takes one request from its bucket; `major` tells channels and webhooks apart, `global` whether the 50/s counts it. */
    take(bucket: BucketName, major: string, global: boolean): Verdict {
      if (global) {
        const all = count('global', { limit: options.globalPerSecond, perMs: 1_000 });
        if (all.refused)
          return refuse(all.after, true, { 'x-ratelimit-global': 'true', 'x-ratelimit-scope': 'global' });
      }
      const rule = limits[bucket];
      const state = count(`${bucket}:${major}`, rule);
      const headers = {
        'x-ratelimit-limit': String(rule.limit),
        'x-ratelimit-remaining': String(state.remaining),
        'x-ratelimit-reset': (state.resetsAt / 1000).toFixed(3),
        'x-ratelimit-reset-after': state.after.toFixed(3),
        'x-ratelimit-bucket': createHash('sha256').update(bucket).digest('hex').slice(0, 32),
      };
      return state.refused
        ? refuse(state.after, false, { ...headers, 'x-ratelimit-scope': 'user' })
        : { headers, refused: null };
    },
    /** Notes a request that was answered 401, 403 or 429. */
    noteInvalid(): void {
      invalid.push(Date.now());
    },
    /** Invalid requests of the last ten minutes. */
    invalidRequests(): number {
      const since = Date.now() - INVALID_WINDOW_MS;
      invalid = invalid.filter((at) => at > since);
      return invalid.length;
    },
    isShutOut(): boolean {
      return this.invalidRequests() >= options.invalidLimit;
    },
  };
}

function refuse(retryAfter: number, global: boolean, headers: Record<string, string>): Verdict {
  return { headers: { ...headers, 'retry-after': String(Math.ceil(retryAfter)) }, refused: { retryAfter, global } };
}

import type { Response } from 'express';
import type { Receipt } from '../core/index.ts';

/** When a limit frees up that has no time of its own, as running work ends. */
const soonSeconds = 5;

/** Whole seconds until a limit frees up, at least one. */
export function secondsUntilReset({ resets_at: resets }: Receipt): number {
  return resets ? Math.max(1, Math.ceil((Date.parse(resets) - Date.now()) / 1000)) : soonSeconds;
}

/** Writes `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds) of a quota decision. */
export function writeLimits(response: Response, receipt: Receipt): void {
  response.set({
    'ratelimit-limit': String(receipt.max),
    'ratelimit-remaining': String(receipt.remaining),
    'ratelimit-reset': String(secondsUntilReset(receipt)),
  });
}

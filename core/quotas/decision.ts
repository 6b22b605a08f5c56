import { endOfDay, endOfMonth } from '../clock.ts';
import type { Receipt } from './receipt.ts';

/** An account's plan as the gate needs it; null means no limit. */
export type Limits = {
  perDay: number;
  perMonth: number | null;
  perMinute: number;
  cooldownSeconds: number;
  concurrent: number;
};

/** The API key that a request came with: its id and how many images a UTC day it may take, null for no cap. */
export type KeyCap = { id: string; dailyCap: number | null };

/** What the reserve script answers; see there. */
export type Verdict = [
  verdict: string,
  epoch: number,
  used: number,
  usedMonth: number,
  detail: number,
  usedByKey: number,
  reservedAt?: string,
];

/** Puts a decision into a receipt. */
export function writeReceipt(
  [verdict, , used, usedMonth, detail, usedByKey]: Verdict,
  limits: Limits,
  key: KeyCap | null,
  now: Date,
): Receipt {
  const daily = count('daily', limits.perDay, used, endOfDay(now), 'premium');
  // A key's cap is a daily limit too; its hint says whose.
  const cap = count('daily', key?.dailyCap ?? 0, usedByKey, endOfDay(now), 'key_cap');
  switch (verdict) {
    case 'monthly':
      return count('monthly', limits.perMonth ?? 0, usedMonth, endOfMonth(now), 'wait');
    case 'concurrent':
      return count('concurrent', limits.concurrent, used, null, 'finish');
    case 'cooldown':
      return count('cooldown', limits.cooldownSeconds, limits.cooldownSeconds, new Date(detail), 'wait');
    case 'per_minute':
      return count('per_minute', limits.perMinute, used, new Date(detail), 'wait');
    case 'daily':
      return daily;
    case 'key_cap':
      return cap;
    default:
      // Of the two, the one that will be reached first.
      return key?.dailyCap != null && cap.remaining < daily.remaining ? cap : daily;
  }
}

/** A receipt of how much of a limit is used. */
export function count(
  limit: Receipt['limit'],
  max: number,
  used: number,
  resets: Date | null,
  hint: Receipt['hint'],
): Receipt {
  return { limit, max, used, remaining: Math.max(0, max - used), resets_at: resets?.toISOString() ?? null, hint };
}

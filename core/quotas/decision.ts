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
  topUps: number,
  reservedAt?: string,
  fromTopUps?: number,
];

/** What can be bought now: the limits of the plans, and whether there are top-ups. */
export type Offers = { plans: readonly Pick<Limits, 'perDay' | 'perMonth'>[]; topUp: boolean };
export const nothingOffered: Offers = { plans: [], topUp: false };

/** Puts a decision into a receipt; a refusal's hint names what of `offers` would help. */
export function writeReceipt(
  [verdict, , used, usedMonth, detail, usedByKey, topUps]: Verdict,
  limits: Limits,
  key: KeyCap | null,
  now: Date,
  offers: Offers = nothingOffered,
): Receipt {
  const hint = (limit: 'daily' | 'monthly') => chooseHint(limit, limits, offers);
  const daily = withTopUps(count('daily', limits.perDay, used, endOfDay(now), hint('daily')), topUps);
  // A key's cap is a daily limit too; its hint says whose.
  const cap = count('daily', key?.dailyCap ?? 0, usedByKey, endOfDay(now), 'key_cap');
  switch (verdict) {
    case 'monthly':
      return withTopUps(count('monthly', limits.perMonth ?? 0, usedMonth, endOfMonth(now), hint('monthly')), topUps);
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
      return key?.dailyCap != null && cap.remaining < daily.remaining + Math.max(0, topUps) ? cap : daily;
  }
}

/** Whether a verdict is one that something on sale may help against. */
export const isForSale = ([verdict]: Verdict): boolean => verdict === 'daily' || verdict === 'monthly';

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

function withTopUps(receipt: Receipt, topUps: number): Receipt {
  return topUps > 0 ? { ...receipt, top_up_remaining: topUps } : receipt;
}

function chooseHint(limit: 'daily' | 'monthly', limits: Limits, { plans, topUp }: Offers): Receipt['hint'] {
  const larger = plans.some((plan) =>
    limit === 'daily'
      ? plan.perDay > limits.perDay
      : limits.perMonth !== null && (plan.perMonth === null || plan.perMonth > limits.perMonth),
  );
  if (larger) return topUp ? 'premium_or_top_up' : 'premium';
  return topUp ? 'top_up' : 'wait';
}

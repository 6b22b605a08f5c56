import type { Reader, Words } from '../words/words.ts';
import type { Receipt } from './receipt.ts';

/** A refusal in words, as tiny HTML: which limit, what is left, when it resets, what would help. */
export function describeReceipt(
  words: Pick<Words, 'html'>,
  locale: string,
  receipt: Receipt,
  { now, reader }: { now: Date; reader?: Reader | undefined },
): string {
  const { limit, max, used, remaining, resets_at: resets, hint, top_up_remaining: extra = 0 } = receipt;
  const at = resets ? new Date(resets) : now;
  // For limits of seconds and minutes a time of day would be of no use.
  const wait = Math.max(1, Math.ceil((at.getTime() - now.getTime()) / 1000));
  const lines = [
    words.html(locale, `receipts.${limit}`, { max, used, remaining, resets: { distanceTo: at }, wait }, reader),
  ];
  const isOfPlan = limit === 'daily' || limit === 'monthly';
  if (isOfPlan && extra > 0)
    lines.push(words.html(locale, 'receipts.asked_extra', { count: remaining + extra }, reader));
  else if (isOfPlan && remaining > 0) lines.push(words.html(locale, 'receipts.asked', { remaining }, reader));
  lines.push(words.html(locale, `hints.${hint}`, {}, reader));
  return lines.join('\n');
}

/** Which limit decided. */
export type LimitName = 'daily' | 'monthly' | 'per_minute' | 'cooldown' | 'concurrent';

/**
 * What a quota decision rests on, the same for chat, REST and panel. Numbers are images for `daily`
 * and `monthly`, requests for `per_minute`, seconds for `cooldown`, generations for `concurrent`.
 */
export type Receipt = {
  limit: LimitName;
  max: number;
  used: number;
  remaining: number;
  /** ISO 8601, UTC; null when it frees up as running work ends. */
  resets_at: string | null;
  /** Key of the words that say what would help: `hints.<hint>`. */
  hint: 'wait' | 'premium' | 'top_up' | 'premium_or_top_up' | 'finish' | 'key_cap';
  /** Of `daily` and `monthly`, while there are any: images left of the top-ups, which are spent after the plan's own. */
  top_up_remaining?: number;
};

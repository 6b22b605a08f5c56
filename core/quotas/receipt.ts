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
  hint: 'wait' | 'premium' | 'finish' | 'key_cap';
};

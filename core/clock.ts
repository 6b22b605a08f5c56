/** Where "now" comes from; tests bring their own. */
export type Clock = () => Date;

/** `2026-11-21`, UTC: the name of a day's quota. */
export const dayOf = (now: Date): string => now.toISOString().slice(0, 10);
/** `2026-11`, UTC: the name of a month's quota. */
export const monthOf = (now: Date): string => now.toISOString().slice(0, 7);
/** When the UTC day of `now` ends. */
export const endOfDay = (now: Date): Date =>
  new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1));
/** When the UTC month of `now` ends. */
export const endOfMonth = (now: Date): Date => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1));

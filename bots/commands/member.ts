import { type Account, AppError, type Core } from '../../core/index.ts';
import type { Context, Suggestion } from '../chat.ts';
import { shorten } from '../results.ts';

/** The asker's account. Throws AppError `not_linked`, which says how to link. */
export function requireMember({ account }: Context): Account {
  if (!account) throw new AppError('not_linked');
  return account;
}

/** Images of the plan that can be asked for today: of the day, or of the month when that has less. */
export function leftToday({
  daily,
  monthly,
}: Pick<Awaited<ReturnType<Core['quotas']['status']>>, 'daily' | 'monthly'>) {
  return Math.min(daily.remaining, monthly?.remaining ?? daily.remaining);
}

/** The asker's own latest generations as completions for a short name. */
export async function suggestGenerations(
  context: Context,
  typed: string,
  { unfinished }: { unfinished: boolean },
): Promise<Suggestion[]> {
  if (!context.account) return [];
  const generations = await context.core.generations.list(context.account.id, { unfinished, limit: 25 });
  const wanted = typed.toLowerCase();
  return generations
    .filter(({ ref, prompt }) => ref.includes(wanted) || prompt.toLowerCase().includes(wanted))
    .map(({ ref, prompt }) => ({ value: ref, label: shorten(`${ref} ${prompt}`, 90) }));
}

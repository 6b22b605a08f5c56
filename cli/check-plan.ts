import { nearest } from '../core/index.ts';
import { CommandError } from './command.ts';

/** Throws CommandError, with the names near it, when there is no such plan. */
export function checkPlan(slug: string, plans: readonly { slug: string }[]): void {
  const known = plans.map((plan) => plan.slug);
  if (known.includes(slug)) return;
  const near = nearest(slug, known);
  const meant = near.length ? `Did you mean ${near.join(' or ')}?` : `There are: ${known.join(', ')}`;
  throw new CommandError(`There is no plan "${slug}". ${meant}`);
}

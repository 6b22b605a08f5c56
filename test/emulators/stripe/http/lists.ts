import { refusals } from './errors.ts';
import { either, type Input, integer, object, text } from './parameters.ts';

/** The parameters of every list. */
export const pageFields = {
  limit: integer({ min: 1, max: 100 }),
  starting_after: text(),
  ending_before: text(),
};
/** A time, or a range of times, in seconds. */
export const timeRange = either(integer(), object({ gt: integer(), gte: integer(), lt: integer(), lte: integer() }));
type Range = ReturnType<typeof timeRange>;

/** One page of what is given newest first; ten unless told. */
export function paginate<T extends { id: string }>(
  url: string,
  kind: string,
  newestFirst: T[],
  { limit = 10, starting_after: after, ending_before: before }: Input<typeof pageFields>,
) {
  if (after !== undefined && before !== undefined) throw refusals.onlyOne('starting_after', 'ending_before');
  const find = (id: string, param: string) => {
    const index = newestFirst.findIndex((item) => item.id === id);
    if (index < 0) throw refusals.noSuch(kind, id, param);
    return index;
  };
  if (before !== undefined) {
    const end = find(before, 'ending_before');
    const start = Math.max(0, end - limit);
    return { object: 'list' as const, url, has_more: start > 0, data: newestFirst.slice(start, end) };
  }
  const start = after === undefined ? 0 : find(after, 'starting_after') + 1;
  const data = newestFirst.slice(start, start + limit);
  return { object: 'list' as const, url, has_more: start + limit < newestFirst.length, data };
}

export function isWithin(range: Range | undefined, time: number): boolean {
  if (range === undefined) return true;
  if (typeof range === 'number') return time === range;
  const { gt = -1, gte = 0, lt = Number.POSITIVE_INFINITY, lte = Number.POSITIVE_INFINITY } = range;
  return time > gt && time >= gte && time < lt && time <= lte;
}

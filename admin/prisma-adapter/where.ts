import type { Filter } from 'adminjs';
import type { Column } from './property.ts';
import { parseValue } from './values.ts';

/** A condition of Prisma's. */
export type Where = Record<string, unknown>;

/** What the filters of a list ask for. What no row can be finds none; names that are no columns are left out. */
export function writeWhere(
  columns: ReadonlyMap<string, Column>,
  filter?: Filter,
  shortNames: readonly string[] = [],
): Where {
  const conditions = Object.values(filter?.filters ?? {}).flatMap(({ path, value }) => {
    const column = columns.get(path);
    if (!column || column.type === 'Json') return [];
    if (shortNames.includes(column.name)) return [{ [column.name]: { equals: readShortName(value) } }];
    return [writeCondition(column, value)];
  });
  return { AND: conditions };
}

function writeCondition(column: Column, wanted: unknown): Where {
  const { name } = column;
  if (column.type === 'DateTime') return { [name]: writeSpan(column, wanted) };
  const parsed = parseValue({ ...column, isList: false, isRequired: true, maxLength: null }, wanted);
  if ('fault' in parsed) return { [name]: column.isList ? { hasSome: [] } : { in: [] } };
  if (column.isList) return { [name]: { has: parsed.value } };
  const isText = column.type === 'String' && !column.isReference && column.nativeType !== 'Uuid';
  // In quotation marks it is all of the text, else a part.
  const [, whole] = (isText && /^"(.*)"$/s.exec(String(parsed.value))) || [];
  if (!isText || whole !== undefined) return { [name]: { equals: whole ?? parsed.value } };
  return { [name]: { contains: parsed.value, mode: 'insensitive' } };
}

const readShortName = (typed: unknown) => String(typed).trim().replace(/^#/, '').toLowerCase();

function writeSpan(column: Column, wanted: unknown): Where {
  const { from, to } = (typeof wanted === 'object' ? (wanted ?? {}) : { from: wanted, to: wanted }) as Where;
  const bound = (typed: unknown) => {
    const parsed = parseValue({ ...column, isRequired: true }, typed);
    return 'value' in parsed ? parsed.value : undefined;
  };
  return { gte: bound(from), lte: bound(to) };
}

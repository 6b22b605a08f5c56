import type { Filter } from 'adminjs';
import type { Column } from './property.ts';
import { parseValue } from './values.ts';

/** A condition of Prisma's. */
export type Where = Record<string, unknown>;

/** What the filters of a list ask for. What no row can be finds none; names that are no columns are left out. */
export function writeWhere(columns: ReadonlyMap<string, Column>, filter?: Filter): Where {
  const conditions = Object.values(filter?.filters ?? {}).flatMap(({ path, value }) => {
    const column = columns.get(path);
    return column && column.type !== 'Json' ? [writeCondition(column, value)] : [];
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
  return { [name]: isText ? { contains: parsed.value, mode: 'insensitive' } : { equals: parsed.value } };
}

function writeSpan(column: Column, wanted: unknown): Where {
  const { from, to } = (typeof wanted === 'object' ? (wanted ?? {}) : { from: wanted, to: wanted }) as Where;
  const bound = (typed: unknown) => {
    const parsed = parseValue({ ...column, isRequired: true }, typed);
    return 'value' in parsed ? parsed.value : undefined;
  };
  return { gte: bound(from), lte: bound(to) };
}

import { Prisma } from '@prisma/client';
import type { Column } from './property.ts';

/** What can be wrong with a typed value; the words stand under `panel.faults`. */
export type Fault = 'required' | 'whole_number' | 'number' | 'date' | 'json' | 'choice' | 'too_long';
export type Parsed = { value: unknown } | { fault: Fault };

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const largestInt = 2 ** 31 - 1;

/** What a form or an address says, as the database takes it. Nothing typed means null where that is allowed. */
export function parseValue(column: Column, typed: unknown): Parsed {
  if (column.isList) return parseList(column, typed);
  const text = typeof typed === 'string' ? typed.trim() : typed;
  if (text === '' || text === null || text === undefined) {
    if (column.mayBeEmpty) return { value: '' };
    if (column.isRequired) return { fault: 'required' };
    return { value: column.type === 'Json' ? Prisma.DbNull : null };
  }
  return parseOne(column, text);
}

function parseList(column: Column, typed: unknown): Parsed {
  const each = { ...column, isList: false, isRequired: true };
  const parsed = [typed ?? []].flat().map((one) => parseValue(each, one));
  const fault = parsed.find((one) => 'fault' in one);
  return fault ?? { value: parsed.map((one) => 'value' in one && one.value) };
}

function parseOne(column: Column, typed: unknown): Parsed {
  const text = String(typed);
  if (column.choices) return column.choices.includes(text) ? { value: text } : { fault: 'choice' };
  switch (column.type) {
    case 'Int':
      return /^-?\d+$/.test(text) && Math.abs(Number(text)) <= largestInt
        ? { value: Number(text) }
        : { fault: 'whole_number' };
    case 'BigInt':
      return /^-?\d{1,18}$/.test(text) ? { value: BigInt(text) } : { fault: 'whole_number' };
    case 'Float':
      return Number.isFinite(Number(text)) ? { value: Number(text) } : { fault: 'number' };
    case 'Decimal':
      return Number.isFinite(Number(text)) ? { value: new Prisma.Decimal(text) } : { fault: 'number' };
    case 'Boolean':
      return { value: text === 'true' };
    case 'DateTime': {
      const date = new Date(typed instanceof Date ? typed : text);
      return Number.isNaN(date.getTime()) ? { fault: 'date' } : { value: date };
    }
    case 'Json':
      return parseJson(text);
    default:
      if (column.nativeType === 'Uuid') return uuid.test(text) ? { value: text } : { fault: 'choice' };
      return column.maxLength !== null && text.length > column.maxLength ? { fault: 'too_long' } : { value: text };
  }
}

function parseJson(text: string): Parsed {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { fault: 'json' };
  }
}

/** A value of the database as the panel's pages take it: what JSON can say. */
export function formatValue(column: Column, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (column.type === 'Json') return JSON.stringify(value, null, 2);
  if (value instanceof Date)
    return column.nativeType === 'Date' ? value.toISOString().slice(0, 10) : value.toISOString();
  if (typeof value === 'bigint' || Prisma.Decimal.isDecimal(value)) return String(value);
  return value;
}

import { Prisma } from '@prisma/client';
import { expect, test } from 'vitest';
import type { Column } from './property.ts';
import { formatValue, parseValue } from './values.ts';

const column = (type: string, rest: Partial<Column> = {}): Column => ({
  ...{ name: 'x', type, nativeType: null, isList: false, isRequired: false, isReference: false },
  ...{ choices: null, maxLength: null },
  ...rest,
});

test.each([
  ['Int', '2147483647'],
  ['BigInt', '123456789012345678'],
  ['Decimal', '12345678901234567890.123456789'],
  ['Float', '0.5'],
  ['Boolean', 'true'],
  ['String', 'a fox'],
])('%s comes back as it was typed', (type, typed) => {
  const parsed = parseValue(column(type), typed);
  expect('value' in parsed && String(formatValue(column(type), parsed.value))).toBe(typed);
});

test('moments are kept to the millisecond and days stay days', () => {
  const moment = parseValue(column('DateTime'), '2026-11-21T23:59:59.999Z');
  expect('value' in moment && formatValue(column('DateTime'), moment.value)).toBe('2026-11-21T23:59:59.999Z');
  const day = column('DateTime', { nativeType: 'Date' });
  const parsed = parseValue(day, '2026-11-21');
  expect('value' in parsed && formatValue(day, parsed.value)).toBe('2026-11-21');
});

test.each([
  [column('Int'), '2147483648', 'whole_number'],
  [column('Int'), '1.5', 'whole_number'],
  [column('BigInt'), '1e3', 'whole_number'],
  [column('Decimal'), 'much', 'number'],
  [column('DateTime'), 'tomorrow', 'date'],
  [column('Json'), '{', 'json'],
  [column('Role', { choices: ['owner'] }), 'emperor', 'choice'],
  [column('String', { nativeType: 'Uuid' }), 'no-uuid', 'choice'],
  [column('String', { maxLength: 3 }), 'four', 'too_long'],
  [column('Int', { isList: true }), ['1', 'two'], 'whole_number'],
  [column('String', { isRequired: true }), ' ', 'required'],
])('%o does not take %s', (wanted, typed, fault) => {
  expect(parseValue(wanted, typed)).toEqual({ fault });
});

test('a text whose default is nothing may be emptied again', () => {
  expect(parseValue(column('String', { isRequired: true, mayBeEmpty: true }), ' ')).toEqual({ value: '' });
});

test('nothing typed is null; a column of JSON needs to be told which null', () => {
  expect(parseValue(column('Int'), '')).toEqual({ value: null });
  expect(parseValue(column('Json'), '')).toEqual({ value: Prisma.DbNull });
  expect(parseValue(column('Int', { isList: true }), '')).toMatchObject({ fault: 'required' });
});

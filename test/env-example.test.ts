import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { readSettings, settingsSchema } from '../core/settings.ts';

const text = readFileSync(path.join(import.meta.dirname, '../.env.example'), 'utf8');
const example = parseEnv(text);
const names = Object.keys(settingsSchema.shape) as (keyof typeof settingsSchema.shape)[];

test('.env.example names every setting, in the order of the schema, and no other', () => {
  expect(text.match(/^\w+(?==)/gm)).toEqual(names);
});

test.each(names)('%s has its default there, or nothing', (name) => {
  const field = settingsSchema.shape[name];
  const standard = field.parse(undefined);
  if (standard === undefined) expect(example[name]).toBe('');
  else expect(field.parse(example[name])).toEqual(standard);
});

test('a copy of it changes nothing', () => {
  expect(readSettings(example)).toEqual(readSettings({}));
});

test('every setting stands under words about it', () => {
  for (const paragraph of text.trim().split('\n\n')) expect(paragraph).toMatch(/^# /);
});

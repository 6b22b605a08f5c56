import { z } from 'zod';
import { type FaultKey, refuse } from '../prisma-adapter/faults.ts';

/** One of what may be chosen; plain ones have words under `panel.choices.<choice>`, or show themselves. */
export type Choice = string | { value: string; label: string };

/** One thing that the page of a deed asks. Its label is the words `panel.fields.<name>`. */
export type Field = { name: string; required?: boolean; initial?: string } & (
  | { type: 'text' | 'long'; max: number }
  | { type: 'number'; min?: number; max?: number }
  | { type: 'date' | 'datetime-local' | 'check' }
  | { type: 'choice'; choices: readonly Choice[] }
);

export const reasonField: Field = { name: 'reason', type: 'text', max: 200 };

/** A tick: there or not. */
export const ticked = z.preprocess((value) => value === 'yes', z.boolean());
/** A whole number, 1 or more. */
export const positive = (most: number) => z.coerce.number().int().min(1).max(most);
/** A moment as the browser's field tells it, in UTC, as the label says. */
export const moment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/)
  .transform((text) => new Date(`${text}Z`))
  .pipe(z.date());
/** The end of a UTC day. */
export const endOfDay = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/)
  .transform((text) => new Date(`${text}T23:59:59.999Z`))
  .pipe(z.date());
/** A UTC day, `2026-11-21`. */
export const day = z.iso.date();

/** The words of a fault, for a field that is there but wrong; a schema may name them itself as the message. */
const faults: Partial<Record<string, FaultKey>> = {
  too_big: 'too_long',
  too_small: 'positive',
  invalid_value: 'choice',
  invalid_date: 'date',
  invalid_format: 'date',
};
const named: readonly string[] = ['whole_number', 'to_come', 'one_of_both', 'after_from', 'not_the_same', 'too_long'];

/** What was typed, as the schema has it; nothing typed is absent. Throws the form's own errors, at their fields. */
export function readInput<T>(schema: z.ZodType<T>, payload: Record<string, unknown>): T {
  const filled = Object.fromEntries(
    Object.entries(payload).map(([name, value]) => {
      const text = typeof value === 'string' ? value.trim() : value;
      return [name, text === '' ? undefined : text];
    }),
  );
  const given = schema.safeParse(filled);
  if (given.success) return given.data;
  throw refuse(
    Object.fromEntries(
      given.error.issues.map((issue) => {
        const field = String(issue.path[0] ?? '');
        return [field, filled[field] === undefined && !named.includes(issue.message) ? 'required' : faultOf(issue)];
      }),
    ),
  );
}

function faultOf(issue: z.core.$ZodIssue): FaultKey {
  if (named.includes(issue.message)) return issue.message as FaultKey;
  if (issue.code === 'invalid_type' && issue.expected === 'int') return 'whole_number';
  if (issue.code === 'invalid_type' && issue.expected === 'number') return 'number';
  if (issue.code === 'too_big' && issue.origin !== 'string') return 'too_much';
  return faults[issue.code] ?? 'choice';
}

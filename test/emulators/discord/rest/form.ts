import type { Wire } from '../model/state.ts';
import { DiscordFault } from './faults.ts';

export type Path = readonly (string | number)[];
export type Form = ReturnType<typeof createForm>;

/** Collects the faults of one body and refuses it with all of them at once, as Discord does (50035). */
export function createForm() {
  const errors: Wire = {};
  let faults = 0;

  function refuse(path: Path, code: string, message: string): void {
    let node = errors;
    for (const key of path) {
      node[key] ??= {};
      node = node[key] as Wire;
    }
    node._errors = [...((node._errors as Wire[] | undefined) ?? []), { code, message }];
    faults += 1;
  }

  return {
    refuse,
    /** Throws when anything was refused. */
    finish(): void {
      if (faults > 0) throw new DiscordFault(400, 50035, 'Invalid Form Body', errors);
    },
  };
}

export function isRecord(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

type TextRule = { min?: number; max: number; required?: boolean };

/** A text of `min` to `max` characters; says whether it is present and sound. */
export function checkText(form: Form, path: Path, value: unknown, rule: TextRule): value is string {
  if (isAbsent(value)) {
    if (rule.required) form.refuse(path, 'BASE_TYPE_REQUIRED', 'This field is required');
    return false;
  }
  if (typeof value !== 'string') {
    form.refuse(path, 'STRING_TYPE_CONVERT', `Could not interpret "${JSON.stringify(value)}" as string.`);
    return false;
  }
  return checkLength(form, path, [...value].length, rule);
}

/** A list of `min` to `max` entries, each a dictionary; returns the sound entries with their place. */
export function checkList(form: Form, path: Path, value: unknown, rule: TextRule): [number, Wire][] {
  if (isAbsent(value)) {
    if (rule.required) form.refuse(path, 'BASE_TYPE_REQUIRED', 'This field is required');
    return [];
  }
  if (!Array.isArray(value)) {
    form.refuse(path, 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType');
    return [];
  }
  checkLength(form, path, value.length, rule);
  return [...value.entries()].filter(([place, entry]) => checkRecord(form, [...path, place], entry));
}

/** A dictionary. */
export function checkRecord(form: Form, path: Path, value: unknown): value is Wire {
  if (isRecord(value)) return true;
  form.refuse(path, 'MODEL_TYPE_CONVERT', 'Expected an object/dictionary.');
  return false;
}

/** One of a closed set of values. */
export function checkChoice(form: Form, path: Path, value: unknown, choices: readonly (string | number)[]): boolean {
  if (isAbsent(value)) {
    form.refuse(path, 'BASE_TYPE_REQUIRED', 'This field is required');
    return false;
  }
  if (typeof choices[0] === 'number' && !Number.isInteger(value)) {
    form.refuse(path, 'NUMBER_TYPE_COERCE', `Value ${JSON.stringify(value)} is not int.`);
    return false;
  }
  if (choices.includes(value as string | number)) return true;
  form.refuse(path, 'BASE_TYPE_CHOICES', `Value must be one of {${choices.join(', ')}}.`);
  return false;
}

/** A whole number within bounds, when present. */
export function checkInteger(
  form: Form,
  path: Path,
  value: unknown,
  rule: { min?: number; max?: number } = {},
): boolean {
  if (isAbsent(value)) return true;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    form.refuse(path, 'NUMBER_TYPE_COERCE', `Value ${JSON.stringify(value)} is not int.`);
    return false;
  }
  if (rule.min !== undefined && value < rule.min) {
    form.refuse(path, 'NUMBER_TYPE_MIN', `int value should be greater than or equal to ${rule.min}.`);
    return false;
  }
  if (rule.max !== undefined && value > rule.max) {
    form.refuse(path, 'NUMBER_TYPE_MAX', `int value should be less than or equal to ${rule.max}.`);
    return false;
  }
  return true;
}

function checkLength(form: Form, path: Path, length: number, { min = 0, max }: TextRule): boolean {
  if (length >= min && length <= max) return true;
  if (min > 0) form.refuse(path, 'BASE_TYPE_BAD_LENGTH', `Must be between ${min} and ${max} in length.`);
  else form.refuse(path, 'BASE_TYPE_MAX_LENGTH', `Must be ${max} or fewer in length.`);
  return false;
}

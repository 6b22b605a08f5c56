import { Refusal, refusals, refuse } from './errors.ts';
import type { Tree } from './form.ts';

/** Reads one parameter; `param` is its name as errors show it, such as `line_items[0][price]`. */
export type Reader<T> = (value: Tree, param: string) => T;
type Required<T> = Reader<T> & { required: true };
// biome-ignore lint/suspicious/noExplicitAny: a set of readers of different types, told apart by inference.
export type Fields = Record<string, Reader<any>>;
type Names<F extends Fields, R> = {
  [K in keyof F]: F[K] extends { required: true } ? (R extends true ? K : never) : R extends true ? never : K;
}[keyof F];
export type Input<F extends Fields> = { [K in Names<F, true>]: ReturnType<F[K]> } & {
  [K in Names<F, false>]?: ReturnType<F[K]>;
};

export function required<T>(read: Reader<T>): Required<T> {
  return Object.assign((value: Tree, param: string) => read(value, param), { required: true as const });
}

/** Reads an object and refuses what it doesn't know or lacks. */
export function object<F extends Fields>(fields: F): Reader<Input<F>> {
  return (value, param) => {
    if (typeof value === 'string') throw refuse('Invalid object', { param });
    return readFields(fields, value, param);
  };
}

export function readFields<F extends Fields>(fields: F, given: Record<string, Tree>, param = ''): Input<F> {
  const name = (key: string) => (param === '' ? key : `${param}[${key}]`);
  const unknown = Object.keys(given).filter((key) => !Object.hasOwn(fields, key));
  if (unknown.length > 0) throw refusals.unknownParameters(unknown.map(name));
  const read: Record<string, unknown> = {};
  for (const [key, reader] of Object.entries(fields)) {
    const value = given[key];
    if (value !== undefined) read[key] = reader(value, name(key));
    else if ('required' in reader) throw refusals.missing(name(key));
  }
  return read as Input<F>;
}

export function list<T>(read: Reader<T>): Reader<T[]> {
  return (value, param) => {
    if (typeof value === 'string') throw refuse('Invalid array', { param });
    return Object.entries(value).map(([index, item]) => read(item, `${param}[${index}]`));
  };
}

export function text(limit = 5000): Reader<string> {
  return (value, param) => {
    if (typeof value !== 'string') throw refuse(`Invalid string: ${show(value)}`, { param });
    if (value === '') throw emptyRefusal(param);
    if (value.length > limit) {
      throw refuse(`Invalid string: ${value.slice(0, 9)}...; must be at most ${limit} characters`, { param });
    }
    return value;
  };
}

/** An empty value unsets it: null. */
export function unsettable<T>(read: Reader<T>): Reader<T | null> {
  return (value, param) => (value === '' ? null : read(value, param));
}

export function integer(range: { min?: number; max?: number } = {}): Reader<number> {
  const { min = 0, max = 999_999_999_999 } = range;
  return (value, param) => {
    if (typeof value !== 'string' || !/^-?\d+$/.test(value)) {
      throw refuse(`Invalid integer: ${show(value)}`, { code: 'parameter_invalid_integer', param });
    }
    const number = Number(value);
    const code = 'parameter_invalid_integer';
    if (number < min) throw refuse(`This value must be greater than or equal to ${min}.`, { code, param });
    if (number > max) throw refuse(`This value must be less than or equal to ${max}.`, { code, param });
    return number;
  };
}

export const decimal: Reader<number> = (value, param) => {
  const number = typeof value === 'string' ? Number(value) : Number.NaN;
  if (value === '' || !Number.isFinite(number)) throw refuse(`Invalid decimal: ${show(value)}`, { param });
  return number;
};

export const flag: Reader<boolean> = (value, param) => {
  if (value !== 'true' && value !== 'false') throw refuse(`Invalid boolean: ${show(value)}`, { param });
  return value === 'true';
};

export function oneOf<const T extends string>(...choices: T[]): Reader<T> {
  return (value, param) => {
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    if (value === '') throw emptyRefusal(param);
    const last = choices.at(-1);
    const words = choices.length > 1 ? `one of ${choices.slice(0, -1).join(', ')}, or ${last}` : last;
    throw refuse(`Invalid ${param}: must be ${words}`, { param });
  };
}

/** Either of two forms of one parameter, such as `now` or a time. */
export function either<A, B>(first: Reader<A>, second: Reader<B>): Reader<A | B> {
  return (value, param) => {
    try {
      return first(value, param);
    } catch (error) {
      if (error instanceof Refusal) return second(value, param);
      throw error;
    }
  };
}

export const email: Reader<string> = (value, param) => {
  const address = text(512)(value, param);
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(address)) return address;
  throw refuse(`Invalid email address: ${address}`, { code: 'email_invalid', param });
};

export const url: Reader<string> = (value, param) => {
  const address = text()(value, param);
  const parsed = URL.parse(address);
  if (parsed && /^https?:$/.test(parsed.protocol)) return address;
  throw refuse('Not a valid URL', { code: 'url_invalid', param });
};

/** Texts by name; an empty one takes its key away, and an empty whole takes all (null). */
export const metadata: Reader<Record<string, string> | null> = (value, param) => {
  if (value === '') return null;
  if (typeof value === 'string') throw refuse('Invalid object', { param });
  const read: Record<string, string> = {};
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== 'string')
      throw refuse(`Invalid string: ${JSON.stringify(item)}`, { param: `${param}[${key}]` });
    checkLength('keys', 'key', key, 40, param);
    checkLength('values', 'value', item, 500, `${param}[${key}]`);
    read[key] = item;
  }
  return read;
};

/** What is kept after new metadata came: at most fifty keys. */
export function mergeMetadata(kept: Record<string, string>, given: Record<string, string> | null | undefined) {
  if (given === undefined) return kept;
  const merged = Object.entries({ ...(given && kept), ...given }).filter(([, value]) => value !== '');
  if (merged.length > 50) {
    throw refuse(`Metadata can have up to 50 keys, but you passed in ${merged.length} keys.`, { param: 'metadata' });
  }
  return Object.fromEntries(merged);
}

function show(value: Tree): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function checkLength(plural: string, noun: string, value: string, limit: number, param: string): void {
  if (value.length <= limit) return;
  throw refuse(
    `Metadata ${plural} can have up to ${limit} characters, but you passed in a ${noun} that is ${value.length} characters. Invalid ${noun}: ${value}`,
    { param },
  );
}

function emptyRefusal(param: string): Refusal {
  return refuse(
    `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`,
    { code: 'parameter_invalid_empty', param },
  );
}

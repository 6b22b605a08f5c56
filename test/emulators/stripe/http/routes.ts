import { refusals } from './errors.ts';
import type { Tree } from './form.ts';
import { type Fields, type Input, list, readFields, text } from './parameters.ts';

export type Method = 'GET' | 'POST' | 'DELETE';
export type Answerable = object;
export type Route = {
  /** `POST /v1/customers/:id` */
  name: string;
  method: Method;
  pattern: RegExp;
  answer(given: Record<string, Tree>, path: Record<string, string>): { body: Answerable; expand: string[] };
};

/**
 * One endpoint: its address, the parameters it takes, and what it does with them. Parameters are read, and
 * unknown ones refused, before anything is done; `expand` belongs to every endpoint.
 */
export function route<F extends Fields>(
  name: `${Method} /v1/${string}`,
  fields: F,
  answer: (input: Input<F>, path: Record<string, string>) => Answerable,
): Route {
  const [method, address = ''] = name.split(' ') as [Method, string];
  return {
    name,
    method,
    pattern: new RegExp(`^${address.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
    answer({ expand, ...given }, path) {
      const paths = expand === undefined ? [] : list(text())(expand, 'expand');
      const input = beforeBeginning(() => readFields(fields, given));
      return { body: answer(input, path), expand: paths };
    },
  };
}

export function findRoute(routes: readonly Route[], method: string, path: string) {
  for (const found of routes) {
    const match = found.method === method ? found.pattern.exec(path) : null;
    if (match) return { route: found, path: decodeAll(match.groups ?? {}) };
  }
  throw refusals.unknownUrl(method, path);
}

function decodeAll(groups: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
}

function beforeBeginning<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'begun' in error) error.begun = false;
    throw error;
  }
}

import { badRequest } from './errors.ts';
import type { UploadedFile } from './request.ts';
import { type Entity, type FormattedText, formatText } from './text.ts';

/** The parameters of one call, read as leniently as the service reads them: everything may come as a string. */
export interface Parameters {
  has(name: string): boolean;
  /** '' when absent. */
  text(name: string): string;
  integer(name: string, fallback: number, minimum?: number, maximum?: number): number;
  flag(name: string): boolean;
  /** A nested object or array, given as such or as a JSON string; undefined when absent. `unparsable` is the refusal. */
  json(name: string, unparsable: string): unknown;
  file(name: string): UploadedFile | undefined;
}

/** Wraps what a request carried. */
export function readParameters(values: Record<string, unknown>, files: UploadedFile[]): Parameters {
  const text = (name: string) => {
    const value = values[name];
    if (value === undefined || value === null) return '';
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  };
  return {
    has: (name) => text(name) !== '',
    text,
    integer(name, fallback, minimum = -Infinity, maximum = Infinity) {
      const value = text(name) === '' ? fallback : Number.parseInt(text(name), 10) || 0;
      return Math.min(maximum, Math.max(minimum, value));
    },
    flag: (name) => ['true', 'yes', '1'].includes(text(name).toLowerCase()),
    json(name, unparsable) {
      const source = text(name);
      if (source === '') return undefined;
      try {
        return JSON.parse(source);
      } catch {
        throw badRequest(unparsable);
      }
    },
    file: (name) => files.find((file) => file.field === name),
  };
}

/** Reads a text with its formatting, such as `text` and `entities`, or `caption` and `caption_entities`. */
export function readFormatted(parameters: Parameters, name: string, entitiesName: string): FormattedText {
  const entities = parameters.json(entitiesName, "Can't parse entities JSON object");
  return formatText(parameters.text(name), parameters.text('parse_mode'), readEntities(entities));
}

/** Checks a list of MessageEntity. */
export function readEntities(value: unknown): Entity[] {
  if (!Array.isArray(value)) return [];
  return value.map((item) => {
    const entity = asObject(item, "Can't parse MessageEntity: expected an Object");
    for (const field of ['offset', 'length']) {
      if (!Number.isInteger(entity[field])) throw badRequest(`Can't parse MessageEntity: Can't find field "${field}"`);
    }
    if (typeof entity.type !== 'string') throw badRequest("Can't parse MessageEntity: Type is not specified");
    return entity as unknown as Entity;
  });
}

/** Narrows to an object, or refuses. */
export function asObject(value: unknown, refusal: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest(refusal);
  return value as Record<string, unknown>;
}

/** A string field of a nested object: '' when absent and optional. */
export function stringField(object: Record<string, unknown>, name: string, context: string, required = false): string {
  const value = object[name];
  if (value === undefined && required) throw badRequest(`${context}Can't find field "${name}"`);
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') throw badRequest(`${context}Field "${name}" must be of type String`);
  return value;
}

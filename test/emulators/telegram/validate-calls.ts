import { readSpec, SPECS_MISSING } from '../../specs/locate.ts';
import type { RecordedCall } from './types.ts';

interface SpecField {
  name: string;
  types: string[];
  required: boolean;
  description: string;
}

interface SpecType {
  fields?: SpecField[];
  subtypes?: string[];
}

interface Spec {
  methods: Record<string, { fields?: SpecField[] }>;
  types: Record<string, SpecType>;
}

/** Whether the check ran, and each fault as `call 3 sendPhoto: reply_markup.inline_keyboard[0][0].text is missing`. */
export type Validation = { ran: true; faults: string[] } | { ran: false; reason: string };

/**
 * Checks every recorded call against the machine-readable description of the Bot API: required and
 * unknown fields, nested types and unions. Lengths are the emulator's own business.
 */
export function validateCalls(calls: RecordedCall[]): Validation {
  const spec = readSpec('telegram-bot-api.json') as Spec | null;
  if (spec === null) return { ran: false, reason: SPECS_MISSING };
  const faults = calls.flatMap((call, index) =>
    checkCall(spec, call).map((fault) => `call ${index + 1} ${call.method}: ${fault}`),
  );
  return { ran: true, faults };
}

function checkCall(spec: Spec, call: RecordedCall): string[] {
  const method = spec.methods[call.method];
  if (!method) return ['there is no such method'];
  const uploads = new Map(call.files.map((file) => [file.field, UPLOAD]));
  // A file part whose name is a parameter is that parameter; others are meant for attach://.
  const named = (method.fields ?? []).filter((field) => uploads.has(field.name)).map((field) => [field.name, UPLOAD]);
  const checker = createChecker(spec, call.encoding !== 'json');
  const attached = new Set(JSON.stringify(call.body).match(/attach:\/\/[^"\\]+/g));
  const lost = [...attached].filter((name) => !uploads.has(name.slice('attach://'.length)));
  const faults = checker.fields({ ...call.body, ...Object.fromEntries(named) }, method.fields ?? [], '');
  return [...faults, ...lost.map((name) => `${name} names no part of the request`)];
}

/** Stands for a file part. */
const UPLOAD = Symbol('uploaded file');

function createChecker(spec: Spec, isTextual: boolean) {
  function fields(object: Record<string, unknown>, expected: SpecField[], path: string): string[] {
    const place = (name: string) => (path === '' ? name : `${path}.${name}`);
    const known = new Set(expected.map((field) => field.name));
    const unknown = Object.keys(object).filter((name) => !known.has(name));
    return [
      ...unknown.map((name) => `${place(name)} is unknown`),
      ...expected.flatMap((field) => checkField(object[field.name], field, place(field.name))),
    ];
  }

  function checkField(value: unknown, field: SpecField, path: string): string[] {
    if (value === undefined || value === null) return field.required ? [`${path} is missing`] : [];
    const faults = anyOf(value, field.types, path);
    const constant = /must be (?:“|")?([a-z_]+)(?:”|")?\.?$/.exec(field.description)?.[1];
    if (field.name === 'type' && constant && value !== constant) faults.push(`${path} is not ${constant}`);
    const count = /must include (\d+)-(\d+) items/.exec(field.description);
    if (count && Array.isArray(value) && (value.length < Number(count[1]) || value.length > Number(count[2]))) {
      faults.push(`${path} has ${value.length} items, not ${count[1]}–${count[2]}`);
    }
    return faults;
  }

  /** The faults against the type that fits best; none when one fits. */
  function anyOf(value: unknown, types: string[], path: string): string[] {
    const arrays = types.filter((type) => type.startsWith('Array of '));
    if (Array.isArray(value) && arrays.length > 0) {
      const elements = arrays.map((type) => type.slice('Array of '.length));
      return value.flatMap((item, index) => anyOf(item, elements, `${path}[${index}]`));
    }
    const attempts = types.map((type) => ofType(value, type, path));
    const misfit = (faults: string[]) => (faults.some((fault) => isAboutType(fault, path)) ? 1000 : 0) + faults.length;
    return attempts.reduce((best, other) => (misfit(other) < misfit(best) ? other : best));
  }

  function ofType(value: unknown, type: string, path: string): string[] {
    const wrong = [`${path} is not ${type}: ${describe(value)}`];
    if (type === 'InputFile') return value === UPLOAD || isAttachment(value) ? [] : wrong;
    if (value === UPLOAD) return wrong;
    if (type === 'String') return typeof value === 'string' ? [] : wrong;
    if (type === 'Integer' || type === 'Float') return isNumber(value, type === 'Integer', isTextual) ? [] : wrong;
    if (type === 'Boolean') {
      return typeof value === 'boolean' || (isTextual && /^(true|false)$/i.test(String(value))) ? [] : wrong;
    }
    const definition = spec.types[type];
    if (!definition || typeof value !== 'object' || value === null || Array.isArray(value)) return wrong;
    if (definition.subtypes) return anyOf(value, definition.subtypes, path);
    return fields(value as Record<string, unknown>, definition.fields ?? [], path);
  }

  return { fields };
}

/** A wrong `type` means that another member of the union was meant. */
function isAboutType(fault: string, path: string): boolean {
  return fault.startsWith(`${path}.type is not `) || fault.startsWith(`${path} is not `);
}

function isAttachment(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('attach://');
}

function isNumber(value: unknown, isWhole: boolean, isTextual: boolean): boolean {
  if (typeof value === 'string') return isTextual && (isWhole ? /^-?\d+$/ : /^-?\d+(\.\d+)?$/).test(value);
  return typeof value === 'number' && (!isWhole || Number.isInteger(value));
}

function describe(value: unknown): string {
  return value === UPLOAD ? 'an uploaded file' : JSON.stringify(value)?.slice(0, 60);
}

import express, { type Request, type RequestHandler } from 'express';
import type { ZodObject, z } from 'zod';
import { AppError, nearest } from '../../core/index.ts';
import { bodyLimitBytes } from '../body-limit.ts';
import { refuseKeysInBody } from './auth.ts';

/** Reads a JSON body. Throws AppError `unsupported_media_type`, and what the shell makes of Express's own faults, `key_misplaced`. */
export const jsonBody: RequestHandler[] = [
  (request, _response, next) => {
    if (request.is('application/json') === false)
      throw new AppError('unsupported_media_type', { allowed: 'application/json' });
    // RFC 8259 knows no other; Express would take UTF-7, which hides from filters what it says.
    const charset = /;\s*charset="?([^";\s]+)/i.exec(request.get('content-type') ?? '')?.[1];
    if (charset !== undefined && charset.toLowerCase() !== 'utf-8')
      throw new AppError('unsupported_media_type', { allowed: 'application/json; charset=utf-8' });
    next();
  },
  express.json({ limit: bodyLimitBytes }),
  refuseKeysInBody,
];

/** The body as its schema says. Throws AppError that names the field: `unknown_field`, `invalid_input`. */
export function readBody<Schema extends ZodObject>(request: Pick<Request, 'body'>, schema: Schema): z.output<Schema> {
  return read(schema, request.body ?? {}, 'body');
}

/** The query as its schema says. Throws AppError that names the parameter: `unknown_field`, `invalid_input`. */
export function readQuery<Schema extends ZodObject>(request: Request, schema: Schema): z.output<Schema> {
  return read(schema, request.query, 'query');
}

function read<Schema extends ZodObject>(schema: Schema, given: unknown, whole: string): z.output<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  // A field that is misspelt is also one that is missing; only the first tells what to mend.
  const issue = (issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]) as z.core.$ZodIssue;
  if (issue.code === 'unrecognized_keys' && issue.keys[0] !== undefined)
    throw unknownField([...issue.path, issue.keys[0]].join('.'), Object.keys(schema.shape));
  throw new AppError('invalid_input', { field: issue.path.join('.') || whole, allowed: allowedBy(issue) });
}

function unknownField(field: string, known: readonly string[]): AppError {
  const near = nearest(field, known)[0];
  return new AppError('unknown_field', {
    field: field.slice(0, 64),
    near: ` ${(near ? [near] : known).join(', ')}?`,
  });
}

/** What would be right, in signs that need no translation. */
function allowedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected;
    case 'invalid_value':
      return issue.values.join(', ');
    case 'too_small':
      return `≥ ${issue.minimum}`;
    case 'too_big':
      return `≤ ${issue.maximum}`;
    case 'invalid_format':
      return issue.format;
    default:
      return issue.message;
  }
}

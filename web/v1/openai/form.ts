import express, { type Request, type RequestHandler } from 'express';
import { AppError, holdsKey } from '../../../core/index.ts';
import { uploadLimitBytes } from '../../body-limit.ts';

/** Reads the whole body of a form. Throws AppError `unsupported_media_type`, and the shell's for too large a body. */
export const formBody: RequestHandler[] = [
  (request, _response, next) => {
    if (!request.is('multipart/form-data'))
      throw new AppError('unsupported_media_type', { allowed: 'multipart/form-data' });
    next();
  },
  express.raw({ type: 'multipart/form-data', limit: uploadLimitBytes }),
];

const mostParts = 64;

/** Texts by name, as the JSON body would have them; and files by name, without the brackets that mark a list. */
export type Form = { fields: Record<string, unknown>; files: { name: string; bytes: Uint8Array }[] };

/** Takes a form apart. Throws AppError `invalid_input`, `key_misplaced`. */
export async function readForm(request: Request): Promise<Form> {
  const headers = { 'content-type': request.get('content-type') ?? '' };
  if (!hasFewParts(request.body, headers['content-type'])) throw malformed();
  const parsed = await new Response(new Uint8Array(request.body), { headers }).formData().catch((cause: unknown) => {
    throw malformed(cause);
  });
  // Without a prototype every name is only a name.
  const form: Form = { fields: Object.create(null), files: [] };
  for (const [name, value] of parsed) {
    const plain = name.replace(/\[\d*\]$/, '');
    if (typeof value === 'string' && holdsKey(value)) throw new AppError('key_misplaced', { place: 'body' });
    if (typeof value === 'string') form.fields[plain] = readText(plain, value);
    else form.files.push({ name: plain, bytes: new Uint8Array(await value.arrayBuffer()) });
  }
  return form;
}

const malformed = (cause?: unknown) =>
  new AppError('invalid_input', { field: 'body', allowed: 'multipart/form-data' }, { cause });

/** Many tiny parts would keep the process busy for a second, and no form of ours has them. */
function hasFewParts(body: Buffer, contentType: string): boolean {
  const boundary = /boundary="?([^";\s]{1,70})/i.exec(contentType)?.[1];
  if (!boundary) return false;
  let at = -1;
  for (let parts = 0; parts <= mostParts; parts++) {
    at = body.indexOf(`--${boundary}`, at + 1);
    if (at < 0) return true;
  }
  return false;
}

/** Forms know only texts. What is no number or switch stays text, and the schema refuses it by name. */
function readText(name: string, text: string): unknown {
  if (text === 'null') return null;
  if (['n', 'output_compression', 'partial_images'].includes(name) && /^\d{1,9}$/.test(text)) return Number(text);
  if (name === 'stream' && /^(?:true|false)$/.test(text)) return text === 'true';
  return text;
}

import express, { type RequestHandler } from 'express';
import { AppError } from '../core/index.ts';

const mostBytes = 1_000_000;

/**
 * Reads the panel's forms into `request.fields`, where AdminJS looks for them. Everything stays in
 * memory: there is nothing to upload here, so a file is refused and never lies on the disk.
 * Throws AppError `unsupported_media_type`.
 */
export const readBody: RequestHandler[] = [
  express.json({ limit: mostBytes }),
  express.raw({ type: 'multipart/form-data', limit: mostBytes }),
  async (request, _response, next) => {
    const fields = Buffer.isBuffer(request.body)
      ? await readForm(request.body, request.headers['content-type'] ?? '')
      : (request.body ?? {});
    // What AdminJS's router would parse files to the disk with passes over a request that is marked so.
    Object.assign(request, { fields, express_formidable: { parsed: true } });
    next();
  },
];

async function readForm(body: Buffer<ArrayBufferLike>, type: string): Promise<Record<string, string>> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } })
    .formData()
    .catch((cause: unknown) => {
      throw new AppError('invalid_input', { field: 'form', allowed: 'multipart/form-data' }, { cause });
    });
  return Object.fromEntries(
    [...form].map(([name, value]) => {
      if (typeof value !== 'string') throw new AppError('unsupported_media_type', { allowed: 'text' });
      return [name, value];
    }),
  );
}

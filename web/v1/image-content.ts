import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { AppError, type Core } from '../../core/index.ts';
import { hasAlready } from './entity-tag.ts';

type Picture = NonNullable<Awaited<ReturnType<Core['images']['openFound']>>>;
type Range = { start: number; end: number };

/**
 * Sends a picture, a range of it, 304 or 416, as RFC 9110 has it. `cacheControl` says who may keep it: the bytes
 * under one ETag never change. Throws AppError `not_found`.
 */
export async function sendImage(
  request: Request,
  response: Response,
  { open, cacheControl }: { open(range?: Range): Promise<Picture | null>; cacheControl: string },
): Promise<void> {
  const whole = await open();
  if (!whole) throw new AppError('not_found', { what: '' });
  const disposition = request.query.download === undefined ? 'inline' : 'attachment';
  response.set({
    etag: whole.etag,
    'cache-control': cacheControl,
    'content-type': whole.contentType,
    'content-disposition': `${disposition}; filename="${whole.fileName}"`,
    'accept-ranges': 'bytes',
    vary: 'authorization',
    // A picture may stand on any page.
    'cross-origin-resource-policy': 'cross-origin',
  });
  const known = hasAlready(request, whole.etag);
  const part = known ? null : readRange(request, whole);
  if (known) response.status(304);
  else if (part === 'unsatisfiable') response.status(416).set('content-range', `bytes */${whole.size}`);
  else if (part)
    response.status(206).set({
      'content-range': `bytes ${part.start}-${part.end}/${whole.size}`,
      'content-length': String(part.end - part.start + 1),
    });
  else response.set('content-length', String(whole.size));
  if (known || part === 'unsatisfiable' || request.method === 'HEAD') {
    whole.stream.destroy();
    response.end();
    return;
  }
  if (!part) return pour(whole, response);
  whole.stream.destroy();
  await pour(await open(part), response);
}

async function pour(picture: Picture | null, response: Response): Promise<void> {
  if (!picture) throw new AppError('not_found', { what: '' });
  // Someone who leaves half way is no fault.
  await pipeline(picture.stream, response).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

function readRange(request: Request, { size, etag }: Picture): Range | 'unsatisfiable' | null {
  const condition = request.get('if-range');
  if (condition && condition !== etag) return null;
  const ranges = request.range(size);
  if (ranges === -1) return 'unsatisfiable';
  // Several ranges at once are answered with the whole, as RFC 9110 allows.
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return null;
  return ranges[0] ?? null;
}

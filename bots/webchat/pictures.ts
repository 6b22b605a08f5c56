import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { AppError, type Core } from '../../core/index.ts';

type Picture = NonNullable<Awaited<ReturnType<Core['images']['open']>>>;
type Range = { start: number; end: number };
/** Opens a picture, or one range of it where `ranges` are offered. */
export type OpenPicture = (range?: Range) => Promise<Picture | null>;

/**
 * Sends a picture, a range of it, or 304. It never changes, so the browser may keep it, but nobody in between.
 * Throws AppError `not_found`.
 */
export async function sendPicture(
  request: Request,
  response: Response,
  { open, ranges }: { open: OpenPicture; ranges: boolean },
): Promise<void> {
  const picture = await open();
  if (!picture) throw new AppError('not_found', { what: '' });
  response.set({
    etag: picture.etag,
    'cache-control': 'private, max-age=31536000, immutable',
    'content-type': picture.contentType,
    'content-disposition': `inline; filename="${picture.fileName}"`,
    ...(ranges ? { 'accept-ranges': 'bytes' } : {}),
  });
  const range = ranges ? readRange(request, picture) : null;
  if (request.fresh) response.status(304);
  else if (range === 'unsatisfiable') response.status(416).set('content-range', `bytes */${picture.size}`);
  else if (range) response.status(206).set('content-range', `bytes ${range.start}-${range.end}/${picture.size}`);
  const bodiless = response.statusCode === 304 || response.statusCode === 416;
  if (!bodiless)
    response.set(
      'content-length',
      String(range && typeof range === 'object' ? range.end - range.start + 1 : picture.size),
    );
  const part = range && typeof range === 'object' && !bodiless ? range : undefined;
  if (part || bodiless || request.method === 'HEAD') picture.stream.destroy();
  if (bodiless || request.method === 'HEAD') {
    response.end();
    return;
  }
  await pour(part ? await open(part) : picture, response);
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

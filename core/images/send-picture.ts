import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { hasAlready } from '../entity-tag.ts';
import { AppError } from '../errors.ts';
import type { OpenedPicture } from './gallery.ts';

type Range = { start: number; end: number };
/** What is asked of a request; Express's has it. */
type Asking = Pick<IncomingMessage, 'method' | 'headers'> & {
  range(size: number): number | (Range[] & { type: string }) | undefined;
};
type Sending = {
  /** Opens the picture or a range of it; null when there is none. */
  open(range?: Range): Promise<OpenedPicture | null>;
  /** What else the answer says, such as who may keep it: the bytes under one ETag never change. */
  headers: Record<string, string>;
  /** Whether it is to be shown or saved; shown unless told. */
  disposition?: 'inline' | 'attachment';
};

/** Sends a picture, a range of it, 304 or 416, as RFC 9110 has it. Throws AppError `not_found`. */
export async function sendPicture(
  request: Asking,
  response: ServerResponse,
  { open, headers, disposition = 'inline' }: Sending,
): Promise<void> {
  const picture = await open();
  if (!picture) throw missing();
  const { etag, size, contentType, fileName } = picture;
  const set = (fields: Record<string, string | number>) => {
    for (const [name, value] of Object.entries(fields)) response.setHeader(name, value);
  };
  set({
    ...headers,
    etag,
    'content-type': contentType,
    'content-disposition': `${disposition}; filename="${fileName}"`,
    'accept-ranges': 'bytes',
  });
  const range = hasAlready(request, etag) ? 'known' : readRange(request, picture);
  if (typeof range === 'string' || request.method === 'HEAD' || range) picture.stream.destroy();
  if (typeof range === 'string') {
    response.statusCode = range === 'known' ? 304 : 416;
    if (range === 'beyond') set({ 'content-range': `bytes */${size}` });
    response.end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  set({ 'content-length': end - start + 1 });
  if (range) {
    response.statusCode = 206;
    set({ 'content-range': `bytes ${start}-${end}/${size}` });
  }
  if (request.method === 'HEAD') response.end();
  else await pour(range ? await open(range) : picture, response);
}

async function pour(picture: OpenedPicture | null, response: ServerResponse): Promise<void> {
  if (!picture) throw missing();
  // Someone who leaves half way is no fault.
  await pipeline(picture.stream, response).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

function readRange(request: Asking, { size, etag }: OpenedPicture): Range | 'beyond' | null {
  const condition = request.headers['if-range'];
  if (condition && condition !== etag) return null;
  const ranges = request.range(size);
  if (ranges === -1) return 'beyond';
  // Several ranges at once are answered with the whole, as RFC 9110 allows.
  if (typeof ranges !== 'object' || ranges.type !== 'bytes' || ranges.length !== 1) return null;
  return ranges[0] ?? null;
}

const missing = () => new AppError('not_found', { what: '' });

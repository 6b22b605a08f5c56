import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { AppError } from '../core/index.ts';

/** The most that a request may carry. Routes that need less say so to their parsers. */
export const bodyLimitBytes = 10_000_000;
/** A picture of 20 MB and the form around it. */
export const uploadLimitBytes = 21_000_000;
const uploadPaths = ['/v1/images/edits'];
/** The answer only arrives if the client isn't cut off while it still sends; but not for any price. */
const mostDiscardedBytes = 100_000_000;

/** Refuses a body that is announced as too large before anything is done with it. Throws AppError `payload_too_large`. */
export const limitBody: RequestHandler = (request, _response, next) => {
  if (!isTooLarge(request)) return next();
  let discarded = 0;
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > mostDiscardedBytes) request.destroy();
  });
  throw tooLarge(limitOf(request));
};

/** Whether a request announces more than its path may carry. */
export function isTooLarge(request: IncomingMessage): boolean {
  return Number(request.headers['content-length'] ?? 0) > limitOf(request);
}

function limitOf({ url = '' }: IncomingMessage): number {
  return uploadPaths.includes(url.split('?')[0] as string) ? uploadLimitBytes : bodyLimitBytes;
}

export function tooLarge(bytes = bodyLimitBytes): AppError {
  return new AppError('payload_too_large', { max: `${bytes / 1_000_000} MB` });
}

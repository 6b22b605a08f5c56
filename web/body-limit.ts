import type { RequestHandler } from 'express';
import { AppError } from '../core/index.ts';

/** The most that a request may carry. Routes that need less say so to their parsers. */
export const bodyLimitBytes = 10_000_000;
/** The answer only arrives if the client isn't cut off while it still sends; but not for any price. */
const mostDiscardedBytes = 100_000_000;

/** Refuses a body that is announced as too large before anything is done with it. Throws AppError `payload_too_large`. */
export const limitBody: RequestHandler = (request, _response, next) => {
  if (Number(request.headers['content-length'] ?? 0) <= bodyLimitBytes) return next();
  let discarded = 0;
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > mostDiscardedBytes) request.destroy();
  });
  throw tooLarge();
};

export function tooLarge(): AppError {
  return new AppError('payload_too_large', { max: `${bodyLimitBytes / 1_000_000} MB` });
}

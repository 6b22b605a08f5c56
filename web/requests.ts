import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { WebCore } from './index.ts';

/**
 * Gives every request a number, which the answer carries as `X-Request-Id`, and notes how it went. Queries stay out of
 * the log: they may hold tokens.
 */
export function identifyRequests({ log }: Pick<WebCore, 'log'>): RequestHandler {
  function note({ method, path }: Request, response: Response): void {
    const began = performance.now();
    response.once('close', () => {
      const ms = Math.round(performance.now() - began);
      log.debug({ request: response.locals.requestId, method, path, status: response.statusCode, ms }, 'request');
    });
  }

  return (request, response, next) => {
    const id = randomUUID();
    response.locals.requestId = id;
    response.setHeader('x-request-id', id);
    // Most who run Easel read no such notes, and then nothing is kept for them.
    if (log.isLevelEnabled('debug')) note(request, response);
    next();
  };
}

import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { WebCore } from './index.ts';

/**
 * Gives every request a number, which the answer carries as `X-Request-Id`, and notes how it went. Queries stay out of
 * the log: they may hold tokens.
 */
export function identifyRequests({ log }: Pick<WebCore, 'log'>): RequestHandler {
  return (request, response, next) => {
    const id = randomUUID();
    const began = performance.now();
    const { method, path } = request;
    response.locals.requestId = id;
    response.setHeader('x-request-id', id);
    response.once('close', () => {
      const ms = Math.round(performance.now() - began);
      log.debug({ request: id, method, path, status: response.statusCode, ms }, 'request');
    });
    next();
  };
}

import type { RequestHandler, Response } from 'express';
import type { Caller, Core, Receipt, Scope } from '../../core/index.ts';

export type { Caller, Scope };

/** Lets a request through when its key may do what `scope` names, and puts a Caller into `response.locals.caller`. */
export type Auth = (scope: Scope) => RequestHandler;

/** Who asks; only behind `auth(…)`. */
export function callerOf(response: Response): Caller {
  return response.locals.caller as Caller;
}

/** Reads the key of every request: `Authorization: Bearer esl_…`, and nowhere else. */
export function createAuth(_: { core: Core }): Auth {
  return () => (_request, _response, next) => next(new Error('no keys yet'));
}

/** `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds) of a quota decision. */
export function writeLimits(response: Response, receipt: Receipt): void {
  response.set('ratelimit-limit', String(receipt.max));
}

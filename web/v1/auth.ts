import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import { AppError, type Caller, type Core, holdsKey, type Scope } from '../../core/index.ts';
import { writeLimits } from '../limits.ts';

export type { Caller, Scope };
export { writeLimits };

/**
 * Lets a request through when its key may do what `scope` names, and puts a Caller into `response.locals.caller`. Of a
 * route that `decides` about quota itself the answer tells what is left then: nobody looks before.
 */
export type Auth = (scope: Scope, route?: { decides: boolean }) => RequestHandler;

const unauthenticatedBodyLimit = '16kb';

/** Who asks; only behind `auth(…)`. */
export function callerOf(response: Response): Caller {
  return response.locals.caller as Caller;
}

/**
 * Reads the key of every request: `Authorization: Bearer esl_…`, and nowhere else. Every answer behind it carries what
 * is left of today's quota.
 */
export function createAuth({ core }: { core: Pick<Core, 'apiKeys' | 'quotas'> }): Auth {
  async function identify(request: Request, response: Response): Promise<Caller> {
    if (leadsToKey(request.query)) throw misplaced(response, 'query');
    const key = readKey(request);
    if (key === null) {
      if (leadsToKey(await readStrangersBody(request, response))) throw misplaced(response, 'body');
      throw refuse(response, new AppError('key_missing'));
    }
    return core.apiKeys.verify(key, request.ip ?? '').catch((error) => {
      throw error instanceof AppError ? refuse(response, error) : error;
    });
  }

  return (scope, { decides } = { decides: false }) =>
    async (request, response, next) => {
      const caller = await identify(request, response);
      const { key } = caller;
      response.locals.caller = caller;
      if (!decides) await tellLimits(core, response);
      if (!key.scopes.includes(scope)) {
        response.set('www-authenticate', `${challenge}, error="insufficient_scope", scope="${scope}"`);
        throw missingScope(scope, key.scopes);
      }
      next();
    };
}

/** Writes what is left of today's quota into an answer behind `auth(…)`; nothing while that can't be had. */
export async function tellLimits(core: Pick<Core, 'quotas'>, response: Response): Promise<void> {
  const { account, key } = callerOf(response);
  const left = await core.quotas.peek({ accountId: account.id, limits: account.plan, key }).catch(() => null);
  if (left) writeLimits(response, left);
}

/** Behind all routes: where one refuses that had not decided yet, its answer tells what is left as all others do. */
export function tellLimitsOfRefusals(core: Pick<Core, 'quotas'>): ErrorRequestHandler {
  return async (error, _request, response, next) => {
    const told = response.headersSent || response.hasHeader('ratelimit-limit');
    const decided = error instanceof AppError && error.receipt;
    if (response.locals.caller && !told && !decided) await tellLimits(core, response);
    next(error);
  };
}

export function missingScope(scope: Scope, has: readonly Scope[]): AppError {
  return new AppError('scope_missing', { scope, scopes: has.join(', ') });
}

/**
 * To be placed behind a body's parser: refuses a body with a key in it, also within a prompt, which would be kept.
 */
export const refuseKeysInBody: RequestHandler = (request, response, next) => {
  if (leadsToKey(request.body)) throw misplaced(response, 'body');
  next();
};

/** The text after `Bearer`; null when there is no such header. */
function readKey(request: Request): string | null {
  return /^bearer +(\S+)\s*$/i.exec(request.get('authorization') ?? '')?.[1] ?? null;
}

/** What somebody without a key sent, only to see whether the key is in there. */
function readStrangersBody(request: Request, response: Response): Promise<unknown> {
  const parse = request.is('json') ? jsonBody : request.is('urlencoded') ? formBody : null;
  if (!parse || request.body !== undefined) return Promise.resolve(request.body);
  return new Promise((resolve) => parse(request, response, (error) => resolve(error ? null : request.body)));
}

const jsonBody = express.json({ limit: unauthenticatedBodyLimit });
const formBody = express.urlencoded({ limit: unauthenticatedBodyLimit, extended: false });

/** Whether a key of ours is anywhere in a parsed body or query. */
function leadsToKey(value: unknown): boolean {
  // Not by calls: a stranger may nest a body as deep as its size allows.
  const waiting: unknown[] = [value];
  while (waiting.length) {
    const next = waiting.pop();
    if (typeof next === 'string' && holdsKey(next)) return true;
    if (typeof next === 'object' && next !== null)
      for (const [name, inner] of Object.entries(next)) waiting.push(name, inner);
  }
  return false;
}

const challenge = 'Bearer realm="easel"';

function refuse(response: Response, error: AppError): AppError {
  const why = error.code === 'key_missing' ? '' : ', error="invalid_token"';
  if (error.status === 401) response.set('www-authenticate', challenge + why);
  return error;
}

function misplaced(response: Response, place: 'query' | 'body'): AppError {
  response.set('www-authenticate', `${challenge}, error="invalid_request"`);
  return new AppError('key_misplaced', { place });
}

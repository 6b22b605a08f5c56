import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { ParsedBody } from './body.ts';
import { parseBody, readBody } from './body.ts';
import type { BotCalls, RecordedCall } from './calls.ts';
import { describeBody } from './calls.ts';
import type { createFailures, Failure } from './failures.ts';
import { DiscordFault, refusal } from './faults.ts';
import { createForm } from './form.ts';
import type { createRateLimits } from './rate-limits.ts';
import type { Answer, Match, Route } from './route.ts';
import { matchRoute } from './route.ts';

const VERSION = /^\/api\/v(\d+)(\/.*)$/;

type Reply = { status: number; headers: Record<string, string>; body?: unknown };

export type RestOptions = {
  token: string;
  routes: Route[];
  limits: ReturnType<typeof createRateLimits>;
  failures: ReturnType<typeof createFailures>;
  calls: BotCalls;
  maxFileBytes: number;
  /** Runs when a call has its answer. */
  onCall(): void;
};

/** Makes the listener for everything under `/api`. */
export function createRest(options: RestOptions) {
  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const bytes = await readBody(request);
    const version = VERSION.exec(url.pathname);
    const match =
      version?.[1] === '10' ? matchRoute(options.routes, request.method ?? '', version[2] ?? '') : 'unknown path';
    const call = options.calls.start(request, url, version?.[2] ?? url.pathname, match);
    const parsed = await parse(bytes, request.headers['content-type'], options.maxFileBytes);
    if (!(parsed instanceof DiscordFault)) Object.assign(call, describeBody(parsed));
    if (options.limits.isShutOut()) {
      return finish(options, response, call, {
        status: 429,
        headers: { 'content-type': 'text/plain' },
        body: 'error code: 1015',
      });
    }
    if (typeof match === 'string') {
      return finish(options, response, call, fromFault(unrouted(version, match), {}));
    }
    const failure = options.failures.take(match.route);
    if (failure?.delay !== undefined) await wait(failure.delay, undefined, { ref: false });
    if (failure?.reset === 'before') return cut(options, response, call);
    const reply = failure?.status === undefined ? answer(options, match, request, url, parsed) : injected(failure);
    if ([401, 403, 429].includes(reply.status)) options.limits.noteInvalid();
    if (failure?.reset === 'after') return cut(options, response, call);
    finish(options, response, call, reply);
  };
}

function answer(
  options: RestOptions,
  { route, params }: Match,
  request: IncomingMessage,
  url: URL,
  parsed: ParsedBody | DiscordFault,
): Reply {
  if (route.auth && request.headers.authorization !== `Bot ${options.token}`) {
    return fromFault(refusal('unauthorized'), {});
  }
  const major = params.channel_id ?? params.webhook_token ?? params.interaction_token ?? '';
  const verdict = options.limits.take(route.bucket, major, route.auth);
  if (verdict.refused) {
    const { retryAfter, global } = verdict.refused;
    return {
      status: 429,
      headers: verdict.headers,
      body: { message: 'You are being rate limited.', retry_after: retryAfter, global },
    };
  }
  try {
    checkIds(params);
    if (parsed instanceof DiscordFault) throw parsed;
    const result: Answer = route.handle({ params, query: url.searchParams, ...parsed });
    return { status: result.status, headers: verdict.headers, body: result.body };
  } catch (error) {
    if (error instanceof DiscordFault) return fromFault(error, verdict.headers);
    throw error;
  }
}

/** Ids in a path must at least look like ids. */
function checkIds(params: Record<string, string>): void {
  const form = createForm();
  for (const [name, value] of Object.entries(params)) {
    const wrong = name.endsWith('_id') && !/^\d{1,20}$/.test(value);
    if (wrong) form.refuse([name], 'NUMBER_TYPE_COERCE', `Value "${value}" is not snowflake.`);
  }
  form.finish();
}

/** The body, or the fault that refuses it once the request got past token and rate limits. */
async function parse(
  bytes: Buffer,
  contentType: string | undefined,
  maxFileBytes: number,
): Promise<ParsedBody | DiscordFault> {
  try {
    return await parseBody(bytes, contentType, maxFileBytes);
  } catch (error) {
    if (error instanceof DiscordFault) return error;
    throw error;
  }
}

function unrouted(version: RegExpExecArray | null, match: 'unknown path' | 'wrong method'): DiscordFault {
  if (version && version[1] !== '10') return refusal('invalidVersion');
  return refusal(match === 'wrong method' ? 'methodNotAllowed' : 'notFound');
}

function fromFault(fault: DiscordFault, headers: Record<string, string>): Reply {
  return { status: fault.status, headers, body: fault.toWire() };
}

function injected({ status = 500, retryAfter = 0.2 }: Failure): Reply {
  if (status !== 429)
    return { status, headers: { 'content-type': 'text/html' }, body: `<html><title>${status}</title></html>` };
  return {
    status,
    headers: {
      'retry-after': String(Math.ceil(retryAfter)),
      'x-ratelimit-scope': 'shared',
      'x-ratelimit-reset-after': String(retryAfter),
    },
    body: { message: 'The resource is being rate limited.', retry_after: retryAfter, global: false },
  };
}

function cut(options: RestOptions, response: ServerResponse, call: RecordedCall): void {
  call.status = 0;
  options.onCall();
  // A reset, not an orderly end: clients tell the two apart when they decide whether to repeat.
  response.socket?.resetAndDestroy();
}

function finish(
  options: RestOptions,
  response: ServerResponse,
  call: RecordedCall,
  { status, headers, body }: Reply,
): void {
  call.status = status;
  call.answer = body;
  const code = (body as { code?: unknown } | undefined)?.code;
  if (status >= 400 && typeof code === 'number') call.code = code;
  options.onCall();
  // Discord's own proxy marks its answers; clients take a 429 without this for a ban of the address.
  const via = headers['content-type'] === undefined ? { via: '1.1 google' } : {};
  if (body === undefined) {
    response.writeHead(status, { ...via, ...headers }).end();
    return;
  }
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...via, ...headers }).end(text);
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ErrorBody, Refusal, refusals } from './http/errors.ts';
import { expandAnswer, type Includables } from './http/expand.ts';
import type { createFaults, Fault } from './http/faults.ts';
import { readForm } from './http/form.ts';
import { type Answer, createIdempotency } from './http/idempotency.ts';
import { findRoute, type Route } from './http/routes.ts';
import type { Page } from './pages/html.ts';
import { newId, type World } from './world.ts';

export type Call = {
  method: string;
  path: string;
  query: string;
  headers: IncomingMessage['headers'];
  /** As it was sent, form-encoded. */
  body: string;
  requestId: string;
};

/** One call in, one answer out: faults, key, idempotency, parameters, the work, and what is expanded. */
export function createServerStory(options: {
  world: World;
  secretKey: () => string;
  apiVersion: string;
  clock: () => number;
  routes: Route[];
  includables: Includables;
  faults: ReturnType<typeof createFaults>;
  calls: Call[];
  findPage: (method: string, path: string, form: URLSearchParams) => Page;
  /** Does what time has made due. */
  catchUp: () => void;
}) {
  const { world, secretKey, apiVersion, clock, routes, includables, faults, calls, findPage, catchUp } = options;
  const idempotency = createIdempotency(clock);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, search } = new URL(request.url ?? '/', 'http://emulator');
    const body = await readBody(request);
    const method = request.method ?? 'GET';
    catchUp();
    if (!path.startsWith('/v1/')) return sendPage(response, findPage(method, path, new URLSearchParams(body)));
    const call: Call = {
      method,
      path,
      query: search.slice(1),
      headers: request.headers,
      body,
      requestId: newId('req', 14),
    };
    calls.push(call);
    const fault = faults.take(nameOf(call));
    if (fault && 'reset' in fault && fault.reset === 'before') return void request.socket.destroy();
    const answer = await answerCall(call, fault);
    if (fault && 'reset' in fault) return void request.socket.destroy();
    if (fault && 'body' in fault)
      return send(response, { ...answer, status: fault.answerStatus ?? 200, body: fault.body });
    send(response, answer);
  }

  async function answerCall(call: Call, fault: Fault | null): Promise<Answer> {
    try {
      checkCaller(call);
      const key = call.method === 'POST' ? call.headers['idempotency-key'] : undefined;
      if (typeof key !== 'string' || key === '') return await doWork(call, fault);
      return await answerOnce(call, key, fault);
    } catch (error) {
      return toAnswer(call, error);
    }
  }

  function checkCaller({ headers }: Call): void {
    const [scheme = '', given = ''] = (headers.authorization ?? '').split(' ');
    const key = /^basic$/i.test(scheme) ? Buffer.from(given, 'base64').toString().split(':')[0] : given;
    if (!/^(bearer|basic)$/i.test(scheme) || !key) throw refusals.noKey();
    if (key !== secretKey()) throw refusals.wrongKey(key);
    const version = headers['stripe-version'];
    if (version !== undefined && !/^\d{4}-\d\d-\d\d(\.\w+)?$/.test(String(version))) {
      throw refusals.unknownVersion(String(version));
    }
  }

  /** Under an idempotency key: the first time it is done, later its answer is given again. */
  async function answerOnce(call: Call, key: string, fault: Fault | null): Promise<Answer> {
    const kept = idempotency.begin(key, call);
    if (kept) {
      const headers = { ...kept.headers, 'idempotent-replayed': 'true', 'original-request': kept.first };
      return { ...kept, headers: { ...headers, 'request-id': call.requestId } };
    }
    let begun = true;
    try {
      const answer = await doWork(call, fault).catch((error: unknown) => {
        begun = !(error instanceof Refusal) || (error.begun && error.status !== 429);
        return toAnswer(call, error);
      });
      const named = {
        ...answer,
        headers: { ...answer.headers, 'idempotency-key': key, 'original-request': call.requestId },
      };
      idempotency.end(key, begun ? named : null);
      return named;
    } catch (error) {
      idempotency.end(key, null);
      throw error;
    }
  }

  async function doWork(call: Call, fault: Fault | null): Promise<Answer> {
    if (fault && 'delayMs' in fault) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    if (fault && 'status' in fault) throw toRefusal(fault);
    const { route, path } = findRoute(routes, call.method, call.path);
    const given = { ...readForm(call.query), ...readForm(call.body) };
    const key = call.headers['idempotency-key'];
    const source = { id: call.requestId, idempotency_key: typeof key === 'string' ? key : null };
    const { body, expand } = world.during(source, () => route.answer(given, path));
    return {
      status: 200,
      body: JSON.stringify(expandAnswer(world, includables, body, expand), null, 2),
      headers: commonHeaders(call),
    };
  }

  function toAnswer(call: Call, error: unknown): Answer {
    // Why: a mistake of the emulator must not look like one of Stripe's 500s, which tests set on purpose.
    const refusal =
      error instanceof Refusal ? error : new Refusal(500, { type: 'api_error', message: describeBug(error) });
    const body = { error: describe(refusal.body, call, clock()) };
    return {
      status: refusal.status,
      body: JSON.stringify(body, null, 2),
      headers: { ...commonHeaders(call), ...refusal.headers },
    };
  }

  function commonHeaders({ headers, requestId }: Call): Record<string, string> {
    return {
      'content-type': 'application/json',
      'request-id': requestId,
      'stripe-version': String(headers['stripe-version'] ?? apiVersion),
    };
  }

  function nameOf({ method, path }: Call): string {
    return routes.find((route) => route.method === method && route.pattern.test(path))?.name ?? `${method} ${path}`;
  }

  return handle;
}

function toRefusal(fault: Extract<Fault, { status: number }>): Refusal {
  const refusal = fault.status === 429 ? refusals.rateLimited() : refusals.broken(fault.status);
  if (fault.shouldRetry !== undefined) refusal.headers['stripe-should-retry'] = String(fault.shouldRetry);
  return refusal;
}

function describeBug(error: unknown): string {
  return `The emulator failed: ${error instanceof Error ? error.stack : String(error)}`;
}

function describe(body: ErrorBody, { requestId }: Call, at: number): Record<string, unknown> {
  const { code } = body;
  return {
    ...(code && { doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` }),
    ...body,
    request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}?t=${Math.floor(at / 1000)}`,
  };
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, headers).end(body);
}

function sendPage(response: ServerResponse, page: Page): void {
  if ('redirect' in page) response.writeHead(303, { location: page.redirect }).end();
  else response.writeHead(page.status, { 'content-type': 'text/html; charset=utf-8' }).end(page.html);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

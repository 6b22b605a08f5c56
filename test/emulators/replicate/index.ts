import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerJson, present, type Refusal, refusals } from './answers.ts';
import { type Call, createApi, refuse } from './api.ts';
import { createFaults, createLimit, type Fault, type Step } from './faults.ts';
import { createPredictions, type Prediction } from './predictions.ts';
import { createUploads } from './uploads.ts';
import { createWebhooks } from './webhooks.ts';

export { nsfwError, type Prediction } from './predictions.ts';

export type ReplicateEmulator = Awaited<ReturnType<typeof startReplicate>>;

export type EmulatorOptions = {
  token?: string;
  /** Signs the webhooks. */
  webhookSecret?: string;
  /** From a prediction's making to its end, in milliseconds. */
  runMs?: number;
  /** Milliseconds since 1970; limits, retention and timestamps follow it. */
  clock?: () => number;
  creationsPerMinute?: number;
  othersPerMinute?: number;
  pageSize?: number;
  /** Whether listed predictions show their webhook's address. */
  listsWebhooks?: boolean;
  webhookRetryMs?: number;
  port?: number;
};

/** Replicate's HTTP API on a port of this machine, with its errors, limits and lapses of memory. */
export async function startReplicate(options: EmulatorOptions = {}) {
  const { token = 'r8_emulatedtoken0123456789', webhookSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' } = options;
  const { runMs = 40, clock = Date.now, creationsPerMinute = 600, othersPerMinute = 3000 } = options;
  const { pageSize = 100, listsWebhooks = true, webhookRetryMs = 20 } = options;
  const faults = createFaults();
  const calls: Call[] = [];
  const closed = new AbortController();
  let credit = true;
  let origin = '';
  const predictions = createPredictions({
    runMs,
    clock,
    fileUrl: (id, index, format) => `${origin}/files/${id}/out-${index}.${format}`,
  });
  const webhooks = createWebhooks({
    secret: webhookSecret,
    retryMs: webhookRetryMs,
    clock,
  });
  predictions.events.on('webhook', (prediction: Prediction, event) => {
    const body = JSON.stringify(present(prediction, `${origin}/v1`, { webhook: true, logs: true }));
    void webhooks.send(prediction, event, body);
  });
  const uploads = createUploads({ clock });
  const findRoute = createApi({
    predictions,
    uploads,
    origin: () => origin,
    pageSize,
    listsWebhooks,
    closed: closed.signal,
  });
  const limits = {
    create: createLimit(creationsPerMinute, clock),
    other: createLimit(othersPerMinute, clock),
  };

  function admit({ headers }: Call, step: Step | null): Refusal | null {
    if (step === 'file') return null;
    const [scheme, given] = (headers.authorization ?? '').split(' ');
    if (!/^(bearer|token)$/i.test(scheme ?? '') || given !== token) return refusals.unauthenticated;
    const wait = step === 'create' ? limits.create() : limits.other();
    if (wait !== null) return refusals.throttled(wait);
    return step === 'create' && !credit ? refusals.noCredit : null;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin);
    const raw = await readBody(request);
    const call = {
      method: request.method ?? 'GET',
      path: url.pathname,
      url,
      headers: request.headers,
      body: readJson(raw),
      raw,
    };
    calls.push(call);
    const route = findRoute(call);
    const fault = route?.step ? faults.take(route.step) : null;
    if (fault && 'reset' in fault && fault.reset === 'before') return void request.socket.destroy();
    if (fault && 'status' in fault) return refuse(response, toRefusal(fault));
    const refusal = admit(call, route?.step ?? null);
    if (refusal) return refuse(response, refusal);
    if (fault) spoil(response, fault);
    await (route ? route.answer(response, call) : refuse(response, refusals.notFound));
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else answerJson(response, 500, { detail: String(error) });
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    apiUrl: `${origin}/v1`,
    token,
    webhookSecret,
    /** Every request received, in order. */
    calls: calls as readonly Call[],
    /** Creating requests received, whatever became of them. */
    get creations(): number {
      return calls.filter(({ method, path }) => method === 'POST' && path.endsWith('/predictions')).length;
    },
    /** All predictions made, oldest first, and what can be done to one. */
    predictions: {
      list: predictions.list,
      get: predictions.get,
      /** Ends it now with this error. */
      fail: predictions.fail,
      /** Its progress, 0 … 1. */
      advance: predictions.advance,
      /** The next one made ends with this error. */
      failNextRun: predictions.failNextRun,
    },
    /** Waits for the next one made; gives each once, in order. */
    nextPrediction: predictions.next,
    /** From now on a prediction ends only when released (or failed, or cancelled). */
    holdPredictions: predictions.hold,
    release: predictions.release,
    /** As if an hour had passed since every end. */
    expireOutputs: predictions.expireAll,
    /** Every file uploaded, oldest first. */
    uploads: uploads.list,
    failNext: faults.add,
    setCredit: (enough: boolean) => {
      credit = enough;
    },
    /** Every attempt at a webhook, in order. */
    deliveries: webhooks.deliveries,
    nextDelivery: webhooks.next,
    /** From now on every webhook is sent this many times. */
    repeatWebhooks: webhooks.repeat,
    async close(): Promise<void> {
      closed.abort();
      predictions.close();
      webhooks.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Lets the call be done, and its answer be lost, late or garbled. */
function spoil(response: ServerResponse, fault: Exclude<Fault, { status: number }>): void {
  const end = response.end.bind(response);
  const late = (body?: unknown) => {
    if ('delayMs' in fault) setTimeout(() => end(body), fault.delayMs).unref();
    else if ('body' in fault) end(fault.body);
    else response.socket?.destroy();
    return response;
  };
  response.end = late as typeof response.end;
}

function toRefusal(fault: Extract<Fault, { status: number }>): Refusal {
  if (fault.status === 429) return refusals.throttled(fault.retryAfterSeconds ?? 30);
  if (fault.status === 401) return refusals.unauthenticated;
  if (fault.status === 402) return refusals.noCredit;
  if (fault.status === 404) return refusals.notFound;
  return refusals.broken(fault.status);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function readJson(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString());
  } catch {
    return null;
  }
}

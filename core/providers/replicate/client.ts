import Replicate from 'replicate';
import { ProviderError } from '../port.ts';

export type ReplicateCall = {
  method: 'GET' | 'POST';
  /** Below the API's address, or a page's `next` address on the same server. */
  route: string;
  headers?: Record<string, string>;
  data?: Record<string, unknown> | FormData;
  signal?: AbortSignal;
  timeoutMs: number;
  /** Texts that must not come back in an error: prompts. */
  secrets?: readonly string[];
};

type ReplicateClient = (call: ReplicateCall) => Promise<unknown>;

/**
 * Speaks to Replicate: the JSON of the answer, or a ProviderError. One call is one HTTP request.
 *
 * The vendor's client repeats a POST six times within milliseconds when its answer is 429 or its
 * connection breaks, which can be six paid predictions. Its `fetch` therefore always answers, and
 * with nothing it repeats: failures become an answer it hands back at once, and the true cause is
 * kept beside it.
 */
export function createReplicateClient({ token, apiUrl }: { token: string; apiUrl: string }): ReplicateClient {
  const base = new URL(apiUrl);
  return async (call) => {
    const target = new URL(call.route, `${apiUrl}/`);
    // A page's `next` comes from the network and the request carries the token.
    if (target.origin !== base.origin)
      throw new ProviderError('provider_unavailable', 'Replicate named a page on another server');
    let failure: ProviderError | null = null;
    const client = new Replicate({
      auth: token,
      baseUrl: apiUrl,
      useFileOutput: false,
      fetch: async (url: string | URL | Request, init?: RequestInit) => {
        try {
          return await askOnce(url, {
            ...init,
            redirect: 'manual',
            signal: limit(call),
          });
        } catch (error) {
          failure = error instanceof ProviderError ? error : toLostAnswer(error, call);
          return new Response(null, { status: notRepeated });
        }
      },
    });
    try {
      const { route, method, headers, data } = call;
      const answer = await client.request(route, { method, headers, data });
      return await answer.json();
    } catch (error) {
      throw hide(failure ?? toLostAnswer(error, call), [token, ...(call.secrets ?? [])]);
    }
  };
}

/** A status that the vendor's client neither accepts nor repeats, for any method. */
const notRepeated = 418;

/** Reads the body to its end, so that an answer cut short is noticed here and not repeated. */
async function askOnce(url: string | URL | Request, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  const body = await response.text();
  if (response.ok) return new Response(body, { status: response.status });
  throw toRefusal(response, body, init.method ?? 'GET');
}

function limit({ signal, timeoutMs }: ReplicateCall): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

/** Replicate answered, and not with success. */
function toRefusal(response: Response, body: string, method: string): ProviderError {
  const { status } = response;
  const message = `Replicate answered ${status}: ${readDetail(body)}`;
  if (status === 429) {
    return new ProviderError('provider_rate_limited', message, {
      retryable: true,
      retryAfterMs: readRetryAfter(response, body),
    });
  }
  if (status === 401 || status === 402 || status === 403) return new ProviderError('provider_unauthorized', message);
  if (method === 'GET' && (status === 404 || status === 410)) return new ProviderError('output_gone', message);
  if (status >= 400 && status < 500) return new ProviderError('provider_rejected', message);
  // A gateway's 5xx does not say whether the server behind it had already begun.
  return new ProviderError('provider_unavailable', message, {
    started: method === 'POST' ? 'unknown' : 'no',
    retryable: true,
    retryAfterMs: readRetryAfter(response, body),
  });
}

/** No answer, or one that could not be read. */
function toLostAnswer(error: unknown, { method, signal }: ReplicateCall): ProviderError {
  const code = readErrorCode(error);
  const never = code !== null && neverConnected.has(code);
  const why = signal?.aborted
    ? 'the call was stopped'
    : error instanceof Error && error.name === 'TimeoutError'
      ? 'no answer in time'
      : (code ?? 'the answer could not be read');
  return new ProviderError('provider_unavailable', `Replicate could not be reached: ${why}`, {
    started: method === 'POST' && !never ? 'unknown' : 'no',
    retryable: true,
  });
}

/** With these no request left the machine. */
const neverConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function readErrorCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Happy eyeballs wraps one refusal an address in an AggregateError.
  if (error instanceof AggregateError && error.errors.length > 0) return readErrorCode(error.errors[0]);
  return error.cause ? readErrorCode(error.cause) : null;
}

function readRetryAfter(response: Response, body: string): number | null {
  const header = response.headers.get('retry-after');
  if (header && /^\d+$/.test(header)) return Number(header) * 1000;
  if (header && !Number.isNaN(Date.parse(header))) return Math.max(0, Date.parse(header) - Date.now());
  const named = /resets in ~?(\d+)s/.exec(body);
  return named ? Number(named[1]) * 1000 : null;
}

function readDetail(body: string): string {
  try {
    const { detail, title } = JSON.parse(body) as {
      detail?: unknown;
      title?: unknown;
    };
    const text = typeof detail === 'string' ? detail : typeof title === 'string' ? title : 'no reason given';
    return text.replace(/\s+/g, ' ').trim().slice(0, 300);
  } catch {
    return 'no reason given';
  }
}

function hide(error: ProviderError, secrets: readonly string[]): ProviderError {
  error.message = redact(error.message, secrets);
  return error;
}

/** The text without any of the secrets. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret.length > 0).reduce((left, secret) => left.replaceAll(secret, '…'), text);
}

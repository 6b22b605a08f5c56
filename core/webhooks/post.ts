import { type IncomingMessage, request } from 'node:http';
import { AddressRefused, connectPublicly, type Reach, readPublicUrl } from '../fetch/public-connection.ts';
import type { SignedMessage } from './message.ts';

/** Why a try failed. All that is kept of it besides the status: an answer's words may hold anything. */
export const tryErrors = [
  'status', // answered, and not with 2xx
  'redirected', // redirects are not followed
  'timed_out',
  'name_not_found',
  'connection_refused',
  'connection_failed',
  'tls_failed',
  'address_refused', // leads to no public address
  'endpoint_disabled',
  'subject_gone', // what it would tell of was deleted
  'secret_unreadable', // sealed under another SECRET_KEY; rotating it helps
] as const;
export type TryError = (typeof tryErrors)[number];

/** What came of one try. `error` null means it was taken. */
export type Sent = { status: number | null; error: TryError | null; durationMs: number; retryAfterMs: number | null };

/** More of an answer than this is not even listened to. */
const mostAnswerBytes = 65_536;
const mostRetryAfterMs = 24 * 3_600_000;

/** Posts once, to the open internet, following nothing. Never throws. */
export async function post(
  url: string,
  { headers, body }: SignedMessage,
  { reach, timeoutMs }: { reach: Reach; timeoutMs: number },
): Promise<Sent> {
  const begun = performance.now();
  const signal = AbortSignal.timeout(timeoutMs);
  const duration = () => Math.round(performance.now() - begun);
  try {
    const { statusCode: status = 0, headers: answered } = await ask(
      readPublicUrl(url, reach),
      { headers, body },
      reach,
      signal,
    );
    const error = status >= 200 && status < 300 ? null : status >= 300 && status < 400 ? 'redirected' : 'status';
    return { status, error, durationMs: duration(), retryAfterMs: error && readRetryAfter(answered['retry-after']) };
  } catch (error) {
    return { status: null, error: explain(error, signal), durationMs: duration(), retryAfterMs: null };
  }
}

/** A try that ended before anything was sent. */
export function nothingSent(error: TryError): Sent {
  return { status: null, error, durationMs: 0, retryAfterMs: null };
}

function ask(url: URL, { headers, body }: SignedMessage, reach: Reach, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({
      method: 'POST',
      path: url.pathname + url.search,
      headers: { ...headers, host: url.host, 'content-length': Buffer.byteLength(body) },
      createConnection: () => connectPublicly(url, reach),
      maxHeaderSize: 16_384,
      signal,
    })
      .once('response', (response) => {
        ignoreBody(response);
        resolve(response);
      })
      .once('upgrade', (_response, socket) => {
        socket.destroy();
        reject(new Error('the receiver wanted another protocol'));
      })
      .on('error', reject)
      .end(body);
  });
}

/** Lets a receiver finish what it says, within reason: the signal ends it too. */
function ignoreBody(response: IncomingMessage): void {
  let bytes = 0;
  response.on('error', () => {});
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostAnswerBytes) response.destroy();
  });
}

/** Milliseconds, from seconds or a date. */
function readRetryAfter(text: string | undefined): number | null {
  if (!text) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return ms > 0 ? Math.min(ms, mostRetryAfterMs) : null;
}

function explain(error: unknown, signal: AbortSignal): TryError {
  if (error instanceof AddressRefused) return 'address_refused';
  if (signal.aborted) return 'timed_out';
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'name_not_found';
  if (code === 'ECONNREFUSED') return 'connection_refused';
  return /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|EPROTO)/.test(code)
    ? 'tls_failed'
    : 'connection_failed';
}

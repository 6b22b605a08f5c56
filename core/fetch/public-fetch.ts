import { type IncomingMessage, request } from 'node:http';
import { AddressRefused, connectPublicly, openInternet, type Reach, readPublicUrl } from './public-connection.ts';

export type PublicFetchCode =
  | 'refused' // leads where nobody may be led
  | 'unreachable' // no such name, no connection, an answer that breaks off
  | 'not_found' // an answer other than success; `status` says which
  | 'too_large'
  | 'too_slow'
  | 'too_many_redirects'
  | 'encoded'; // compressed although it was asked for plain

/** An address that a member named and that gave nothing. */
export class PublicFetchError extends Error {
  readonly code: PublicFetchCode;
  readonly status: number | null;
  constructor(code: PublicFetchCode, options: { status?: number; cause?: unknown } = {}) {
    super(`The address gave nothing: ${code}`, { cause: options.cause });
    this.name = 'PublicFetchError';
    this.code = code;
    this.status = options.status ?? null;
  }
}

export type PublicFetch = (url: string) => Promise<Uint8Array>;

export const publicFetchLimits = { bytes: 20_000_000, redirects: 3, milliseconds: 15_000 };

/**
 * Fetches what a member names: by http(s) from the open internet, at every redirect anew, without cookies or
 * credentials, within a size and a time for everything together. Nothing is decompressed: plain bytes are asked
 * for, and others refused. Throws PublicFetchError.
 */
export function createPublicFetch({
  reach = openInternet,
  limits = publicFetchLimits,
}: {
  reach?: Reach;
  limits?: typeof publicFetchLimits;
} = {}): PublicFetch {
  return async function fetchPublicly(text) {
    const signal = AbortSignal.timeout(limits.milliseconds);
    try {
      let url = readPublicUrl(text, reach);
      for (let redirects = 0; ; redirects++) {
        const response = await ask(url, reach, signal);
        const next = redirectOf(response);
        if (next === null) return await read(response, limits.bytes);
        response.destroy();
        if (redirects === limits.redirects) throw new PublicFetchError('too_many_redirects');
        url = readPublicUrl(next, reach, url);
      }
    } catch (error) {
      throw explain(error, signal);
    }
  };
}

function ask(url: URL, reach: Reach, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({
      method: 'GET',
      path: url.pathname + url.search,
      headers: { host: url.host, accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'Easel' },
      createConnection: () => connectPublicly(url, reach),
      maxHeaderSize: 16_384,
      signal,
    })
      .once('response', resolve)
      .once('upgrade', (_response, socket) => {
        socket.destroy();
        reject(new PublicFetchError('unreachable'));
      })
      .once('error', reject)
      .end();
  });
}

function redirectOf({ statusCode, headers }: IncomingMessage): string | null {
  return [301, 302, 303, 307, 308].includes(statusCode ?? 0) ? (headers.location ?? null) : null;
}

async function read(response: IncomingMessage, limit: number): Promise<Uint8Array> {
  const { statusCode = 0, headers } = response;
  try {
    if (statusCode !== 200) throw new PublicFetchError('not_found', { status: statusCode });
    if ((headers['content-encoding'] ?? 'identity') !== 'identity') throw new PublicFetchError('encoded');
    if (Number(headers['content-length'] ?? 0) > limit) throw new PublicFetchError('too_large');
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response) {
      size += chunk.length;
      if (size > limit) throw new PublicFetchError('too_large');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    response.destroy();
  }
}

function explain(error: unknown, signal: AbortSignal): PublicFetchError {
  if (error instanceof PublicFetchError) return error;
  if (error instanceof AddressRefused) return new PublicFetchError('refused', { cause: error });
  return new PublicFetchError(signal.aborted ? 'too_slow' : 'unreachable', { cause: error });
}

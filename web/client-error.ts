import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../core/index.ts';
import { presentError } from './errors.ts';
import type { WebCore } from './index.ts';

/** What Node's parser finds wrong with more than the syntax, by its code. */
const faults: Record<string, { line: string; field: string; allowed: string }> = {
  HPE_HEADER_OVERFLOW: { line: '431 Request Header Fields Too Large', field: 'headers', allowed: '≤ 16 kB' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { line: '413 Payload Too Large', field: 'body', allowed: '≤ 16 kB' },
  ERR_HTTP_REQUEST_TIMEOUT: { line: '408 Request Timeout', field: 'request', allowed: 'HTTP' },
};
const badRequest = { line: '400 Bad Request', field: 'request', allowed: 'HTTP' };

/** Lets a server refuse what is no HTTP in the one shape of refusals: it never becomes a request that could. */
export function refuseBadHttp(server: Server, core: Pick<WebCore, 'words'>): void {
  const answering = new WeakMap<Socket, ServerResponse>();
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => answering.set(socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const response = answering.get(socket);
    // In the middle of an answer another one would be taken for a part of it.
    if (!socket.writable || (response?.headersSent && !response.writableFinished)) {
      socket.destroy();
      return;
    }
    const { line, field, allowed } = faults[error.code ?? ''] ?? badRequest;
    const refusal = presentError(core, core.words.pick(null), new AppError('invalid_input', { field, allowed }));
    socket.end(toHttp(line, JSON.stringify({ error: refusal })), () => socket.destroy());
  });
}

function toHttp(line: string, body: string): string {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${line}\r\n${lines.join('')}\r\n${body}`;
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, tooManyRequests } from './errors.ts';
import type { Faults } from './faults.ts';
import type { FileStore } from './files.ts';
import type { Limiter } from './limits.ts';
import type { Answer, Method } from './methods/service.ts';
import { readParameters } from './parameters.ts';
import { describeValues, type RequestContent, readContent } from './request.ts';
import type { Fault, RecordedCall } from './types.ts';

interface ServerDependencies {
  token: string;
  port: number;
  methods: Map<string, Method>;
  files: FileStore;
  faults: Faults;
  limiter: Limiter;
  record: (call: RecordedCall) => void;
}

interface Reply {
  status: number;
  body: Record<string, unknown>;
}

const BODY_BYTES = 60 << 20;
const STATUS_WORDS: Record<number, string> = {
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** The HTTP side: `/bot<token>/<method>` and `/file/bot<token>/<path>`. */
export async function startServer(dependencies: ServerDependencies) {
  const server = createServer((request, response) => {
    handle(dependencies, request, response).catch((error: unknown) => send(response, failureOf(error)));
  });
  server.listen(dependencies.port, '127.0.0.1');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Does a recorded call and gives what to answer; used by HTTP requests and by replies to webhooks. */
export async function runCall(
  methods: Map<string, Method>,
  call: RecordedCall,
  content: RequestContent,
): Promise<Reply> {
  try {
    const method = methods.get(call.method.toLowerCase());
    if (!method) throw new ApiError(404, 'Not Found: method not found');
    const answer = await method(readParameters(content.values, content.files));
    return note(call, successOf(answer));
  } catch (error) {
    return note(call, failureOf(error));
  }
}

/** A call for the record; its status follows when it is answered. */
export function describeCall(method: string, content: RequestContent, via: RecordedCall['via']): RecordedCall {
  return {
    method,
    body: describeValues(content.values),
    files: content.files.map(({ field, name, type, bytes }) => ({
      field,
      name,
      type,
      size: bytes.length,
    })),
    encoding: content.encoding,
    via,
    status: 0,
    at: Date.now(),
  };
}

async function handle(dependencies: ServerDependencies, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? '/', 'http://emulator');
  const [, isFile, token, rest] = /^(\/file)?\/bot([^/]*)\/(.*)$/.exec(url.pathname) ?? [];
  if (token === undefined || rest === undefined) throw new ApiError(404, 'Not Found');
  if (!/^[1-9]\d*:/.test(token)) throw new ApiError(401, 'Unauthorized: invalid token specified');
  if (token !== dependencies.token) throw new ApiError(401, 'Unauthorized');
  if (isFile) return sendFile(dependencies.files, decodeURIComponent(rest), response);
  const content = await readContent(url, request.headers['content-type'] ?? '', await readBody(request));
  const call = describeCall(rest, content, 'http');
  dependencies.record(call);
  const fault = dependencies.faults.take(rest);
  if (fault?.delay) await sleep(fault.delay);
  if (fault?.reset === 'before') return void request.socket.destroy();
  const failure = fault && faultReply(dependencies.limiter, call, fault);
  const reply = failure ?? (await runCall(dependencies.methods, call, content));
  if (fault?.reset === 'after') {
    call.status = 0;
    return void request.socket.destroy();
  }
  send(response, reply);
}

function faultReply(limiter: Limiter, call: RecordedCall, fault: Fault): Reply | undefined {
  if (fault.retryAfter !== undefined) {
    limiter.hold(Number(call.body.chat_id) || undefined, fault.retryAfter);
    return note(call, failureOf(tooManyRequests(fault.retryAfter)));
  }
  if (fault.status === undefined) return undefined;
  const words = fault.description ?? STATUS_WORDS[fault.status] ?? 'Bad Request';
  return note(call, failureOf(new ApiError(fault.status, words)));
}

function note(call: RecordedCall, reply: Reply): Reply {
  call.status = reply.status;
  if (typeof reply.body.description === 'string') call.description = reply.body.description;
  return reply;
}

function successOf({ result, description }: Answer): Reply {
  return {
    status: 200,
    body: { ok: true, result, ...(description && { description }) },
  };
}

function failureOf(error: unknown): Reply {
  const known = error instanceof ApiError ? error : new ApiError(500, `Internal Server Error: ${String(error)}`);
  const { code, message, parameters } = known;
  return {
    status: code,
    body: {
      ok: false,
      error_code: code,
      description: message,
      ...(parameters && { parameters }),
    },
  };
}

function send(response: ServerResponse, { status, body }: Reply) {
  const { retry_after: wait } = (body.parameters ?? {}) as {
    retry_after?: number;
  };
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(wait !== undefined && { 'retry-after': String(wait) }),
  });
  response.end(JSON.stringify(body));
}

async function sendFile(files: FileStore, path: string, response: ServerResponse) {
  const file = files.findByPath(path);
  if (!file) throw new ApiError(404, 'Not Found');
  const bytes = await file.content();
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': bytes.length,
  });
  response.end(bytes);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES) throw new ApiError(413, 'Request Entity Too Large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

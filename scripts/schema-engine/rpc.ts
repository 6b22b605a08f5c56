import { createInterface } from 'node:readline';
import type { Engine } from './engine.ts';

type Request = { id: number; method: string; params: Record<string, unknown> };

/** Code that the Rust binary gives to every fault of a method. */
const faultCode = 4466;

/** Answers JSON-RPC lines of standard input until it closes and the last answer is out. */
export async function serveRequests(engine: Engine): Promise<void> {
  const underway: Promise<void>[] = [];
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Partial<Request>;
    // A line without id or method is the command line's answer to something printed, and wants none itself.
    if (request.id !== undefined && request.method !== undefined) underway.push(answer(engine, request as Request));
  }
  await Promise.all(underway);
  // Connections that the engine keeps open would keep this program alive after its caller has gone.
  process.exit(0);
}

async function answer(engine: Engine, { id, method, params }: Request): Promise<void> {
  try {
    const result = ((await engine.call(method, params)) ?? {}) as Record<string, unknown>;
    if (method === 'diff' && typeof result.stdout === 'string') {
      // The binary prints a difference by a request of its own before it answers.
      send({ id: 100_000 + id, method: 'print', params: { content: result.stdout } });
      send({ id, result: { exitCode: result.exitCode } });
    } else send({ id, result });
  } catch (error) {
    const fault = error as Error & { code?: unknown; meta?: unknown };
    const message = fault?.message ?? String(error);
    const errorCode = typeof fault?.code === 'string' ? fault.code : undefined;
    send({
      id,
      error: { code: faultCode, message, data: { is_panic: false, message, error_code: errorCode, meta: fault?.meta } },
    });
  }
}

function send(message: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

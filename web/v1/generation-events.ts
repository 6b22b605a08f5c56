import type { Request, Response } from 'express';
import type { Core, GenerationWithImages } from '../../core/index.ts';
import { whenGone } from './accept.ts';
import type { createPresent } from './generations.ts';

const heartbeatMs = 15_000;

/**
 * Sends a generation by server-sent events, as it is and whenever it has changed, until it has ended. An event's id
 * stands for that state, so a reader that comes back with the last one it saw gets what is new, or 204 when nothing
 * more will come.
 */
export async function followGeneration(
  request: Request,
  response: Response,
  {
    core,
    generation,
    present,
  }: { core: Core; generation: GenerationWithImages; present: ReturnType<typeof createPresent> },
): Promise<void> {
  const { markOf } = core.generations;
  const seen = request.get('last-event-id');
  if (generation.finishedAt && seen === markOf(generation)) {
    response.status(204).end();
    return;
  }
  response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  response.flushHeaders();
  response.write('retry: 1000\n\n');
  const heartbeat = setInterval(() => response.write(': still here\n\n'), heartbeatMs);
  try {
    const { accountId, id } = generation;
    for await (const current of core.generations.follow(accountId, id, whenGone(response))) {
      const mark = markOf(current);
      if (mark === seen) continue;
      const told = await present(current);
      if (response.writableEnded) return;
      response.write(`event: generation.${told.status}\nid: ${mark}\ndata: ${JSON.stringify(told)}\n\n`);
    }
  } finally {
    clearInterval(heartbeat);
    response.end();
  }
}

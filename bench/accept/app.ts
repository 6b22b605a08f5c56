import type { AddressInfo } from 'node:net';
import express, { type Request } from 'express';
import { z } from 'zod';

/** What a request brings; both arrangements validate it the same. */
export const bodySchema = z.object({
  user_id: z.string().min(1).max(64),
  request_id: z.string().min(1).max(200),
  prompt: z.string().min(1).max(1000),
  aspect_ratio: z.enum(['1:1', '16:9', '9:16', '4:3', '3:4']).default('1:1'),
  count: z.int().min(1).max(4).default(1),
});
export type Body = z.infer<typeof bodySchema>;
/** The same over REST, where the key says who asks. */
export const restSchema = bodySchema.omit({ user_id: true, request_id: true });

export type AcceptTasks = {
  /** Makes the accounts, `user-0` and on, and listens. Answers the port. */
  start(input: { databaseUrl: string; redisUrl: string; accounts: number }): Promise<number>;
  /** Waits until nothing is in hand any more, then answers what was spent and accepted since the start. */
  read(input: null): Promise<{ cpuMs: number; accepted: number }>;
  /** What Postgres and the queue hold, to be compared with what was accepted. */
  verify(input: null): Promise<{ accepted: number; held: Record<string, number> }>;
};

/** Of those that are asked with an API key. */
export type RestTasks = AcceptTasks & {
  /** A key for each account, in force. */
  keys(input: null): string[];
};

/** The HTTP around both arrangements: Express 5, a JSON body, zod. `path` is where requests are accepted. */
export function serve<Asked>({
  path,
  schema,
  accept,
}: {
  path: string;
  schema: z.ZodType<Asked>;
  accept(body: Asked, request: Request): Promise<object>;
}) {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  let accepted = 0;
  let inHand = 0;
  // The floor that no arrangement gets below.
  app.post('/nothing', express.json(), (request, response) => {
    response.status(202).json({ id: bodySchema.parse(request.body).request_id });
  });
  app.post(path, express.json(), async (request, response) => {
    inHand++;
    try {
      const body = schema.safeParse(request.body);
      if (!body.success) {
        response.status(400).json({ error: { type: 'invalid_input' } });
        return;
      }
      const answer = await accept(body.data, request);
      accepted++;
      response.status(202).json(answer);
    } finally {
      inHand--;
    }
  });
  return {
    counts: () => ({ accepted, inHand }),
    listen: () =>
      new Promise<number>((resolve) => {
        const server = app.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
      }),
  };
}

/** Waits for `done`, asking every so often; rejects after a minute. */
export async function waitUntil(done: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await done())) {
    if (performance.now() > deadline) throw new Error(`Still waiting for ${what} after a minute`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent } from '../support/child.ts';
import { readOwnCpu } from '../support/cpu.ts';
import { type AcceptTasks, restSchema } from './app.ts';

// The floor: node:http, JSON.parse and zod, nothing kept.
let accepted = 0;
const server = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = restSchema.parse(JSON.parse(Buffer.concat(parts).toString()));
  accepted++;
  response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify({ state: 'queued', ...body }));
});

answerParent({
  start: () =>
    new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    }),
  read: async () => ({ cpuMs: readOwnCpu(), accepted }),
  verify: async () => ({ accepted, held: {} }),
} satisfies AcceptTasks);

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent } from '../support/child.ts';
import type { BareTasks } from './settings.ts';

// What the machine and the load cost alone: the event is read and answered, and nothing is done.
answerParent({
  async start() {
    const server = createServer((request, response) => request.resume().on('end', () => response.end('ok')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/stripe`;
  },
} satisfies BareTasks);

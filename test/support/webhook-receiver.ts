import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openInternet, type Reach } from '../../core/fetch/public-connection.ts';

/** One request as it came. */
export type Received = { headers: IncomingHttpHeaders; body: string };
/** What to answer: a status, with headers if needed. */
type Answer = number | { status: number; headers: Record<string, string> };

export type WebhookReceiver = {
  url: string;
  received: Received[];
  /** Requests without an answer, now and at the most. */
  open: { now: number; most: number };
  close(): Promise<void>;
};

const ports: number[] = [];
/** For a core under test: loopback, where receivers are, is within reach too. */
export const loopbackReach: Reach = { ...openInternet, isAllowedAddress: () => true, ports };

/** A developer's server on loopback. `answer` decides by the request and how many came before. */
export async function startReceiver(
  answer: (request: Received, before: number) => Answer | Promise<Answer> = () => 204,
): Promise<WebhookReceiver> {
  const received: Received[] = [];
  const open = { now: 0, most: 0 };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const message = { headers: request.headers, body: Buffer.concat(chunks).toString() };
    open.most = Math.max(open.most, ++open.now);
    const answered = await answer(message, received.push(message) - 1);
    open.now--;
    const { status, headers } = typeof answered === 'number' ? { status: answered, headers: {} } : answered;
    response.writeHead(status, headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  ports.push(port);
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    open,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

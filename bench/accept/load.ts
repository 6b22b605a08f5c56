import { randomUUID } from 'node:crypto';
import autocannon from 'autocannon';
import { answerParent } from '../support/child.ts';

export type Load = { accepted: number; perSecond: number; p50: number; p99: number; failed: number };
export type LoadTasks = {
  run(input: { port: number; path: string; accounts: number; connections: number; seconds: number }): Promise<Load>;
};

// Of its own process, so that what it spends is not counted as the server's.
answerParent({
  async run({ port, path, accounts, connections, seconds }) {
    const result = await autocannon({
      url: `http://127.0.0.1:${port}`,
      connections,
      duration: seconds,
      requests: [
        {
          method: 'POST',
          path,
          headers: { 'content-type': 'application/json' },
          setupRequest: (request) => ({ ...request, body: makeBody(accounts) }),
        },
      ],
    });
    return {
      accepted: result['2xx'],
      perSecond: result['2xx'] / result.duration,
      p50: result.latency.p50,
      p99: result.latency.p99,
      failed: result.non2xx + result.errors + result.timeouts,
    };
  },
} satisfies LoadTasks);

function makeBody(accounts: number): string {
  const user = Math.floor(Math.random() * accounts);
  return `{"user_id":"user-${user}","request_id":"${randomUUID()}","prompt":"a red fox in the snow, early light, seen from a low hill","aspect_ratio":"16:9","count":1}`;
}

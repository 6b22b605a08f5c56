import { randomUUID } from 'node:crypto';
import autocannon from 'autocannon';
import { answerParent } from '../support/child.ts';

export type Load = { accepted: number; perSecond: number; p50: number; p99: number; failed: number };
export type LoadTasks = {
  /** With `keys`, one of them drawn at random says who asks; otherwise the body does. */
  run(input: {
    port: number;
    path: string;
    accounts: number;
    connections: number;
    seconds: number;
    keys?: string[];
  }): Promise<Load>;
};

// Of its own process, so that what it spends is not counted as the server's.
answerParent({
  async run({ port, path, accounts, connections, seconds, keys }) {
    const request = { method: 'POST', path, headers: { 'content-type': 'application/json' } } as const;
    const result = await autocannon({
      url: `http://127.0.0.1:${port}`,
      connections,
      duration: seconds,
      // Made one by one: made beforehand they would hold up the first ones, whose time runs already.
      requests: [{ ...request, setupRequest: (made) => ({ ...made, ...(keys ? sign(made, keys) : ask(accounts)) }) }],
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

const picture = '"prompt":"a red fox in the snow, early light, seen from a low hill","aspect_ratio":"16:9","count":1';

function ask(accounts: number) {
  return {
    body: `{"user_id":"user-${Math.floor(Math.random() * accounts)}","request_id":"${randomUUID()}",${picture}}`,
  };
}

function sign({ headers }: { headers?: object }, keys: readonly string[]) {
  const key = keys[Math.floor(Math.random() * keys.length)];
  return { headers: { ...headers, authorization: `Bearer ${key}` }, body: `{${picture}}` };
}

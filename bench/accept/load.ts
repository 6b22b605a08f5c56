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
    const press = (duration: number) =>
      autocannon({
        url: `http://127.0.0.1:${port}`,
        connections,
        duration,
        ...(keys
          ? // Made before the time runs: what they cost would be missing to the server, on the same processors.
            {
              setupClient: (client) =>
                client.setRequests(Array.from({ length: perClient }, () => signed(request, draw(keys)))),
            }
          : { requests: [{ ...request, setupRequest: (made) => ({ ...made, body: makeBody(accounts) }) }] }),
      });
    await press(leadSeconds);
    const result = await press(seconds);
    return {
      accepted: result['2xx'],
      perSecond: result['2xx'] / result.duration,
      p50: result.latency.p50,
      p99: result.latency.p99,
      failed: result.non2xx + result.errors + result.timeouts,
    };
  },
} satisfies LoadTasks);

/**
 * Not counted: the first requests after a pause find nothing that a server remembers of its callers, and all at once, which
 * a server under load never sees.
 */
const leadSeconds = 1;
/** A connection begins again with its first request after so many. */
const perClient = 100;
const picture = '"prompt":"a red fox in the snow, early light, seen from a low hill","aspect_ratio":"16:9","count":1';

function makeBody(accounts: number): string {
  return `{"user_id":"user-${Math.floor(Math.random() * accounts)}","request_id":"${randomUUID()}",${picture}}`;
}

function signed<Request extends { headers?: object }>(request: Request, key: string) {
  return { ...request, headers: { ...request.headers, authorization: `Bearer ${key}` }, body: `{${picture}}` };
}

const draw = (keys: readonly string[]): string => keys[Math.floor(Math.random() * keys.length)] as string;

import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** What stands ready to be attacked. */
export type Given = {
  key: string;
  revoked: string;
  /** Listens on loopback, where nobody may be led. */
  canaryPort: number;
  /** What belongs to somebody else. */
  other: { generationId: string; imageId: string; inputId: string; endpointId: string; keyId: string };
};

/** One request. A header given twice is sent twice; `raw` replaces all else by bytes on the wire. */
export type Ask = {
  method?: string;
  path?: string;
  headers?: readonly (readonly [string, string])[];
  body?: string | Buffer;
  json?: unknown;
  /** false: without the caller's own key. */
  withKey?: boolean;
  raw?: string;
};

/** Its name, what is asked, and the one right answer. */
export type Hostile = [name: string, ask: Ask | ((given: Given) => Ask), status: number, code: string];

export type Answer = { status: number; text: string; contentType: string };

/** Sends it as it stands: nothing here mends what is wrong, as fetch would. */
export function send(origin: string, ask: Ask, key: string): Promise<Answer> {
  return ask.raw === undefined ? sendRequest(origin, ask, key) : sendBytes(origin, ask.raw);
}

function sendRequest(
  origin: string,
  { method, path = '/v1/generations', headers = [], body, json, withKey = true }: Ask,
  key: string,
): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  const bytes = Buffer.from(json === undefined ? (body ?? '') : JSON.stringify(json));
  const named = (name: string) => headers.some(([given]) => given.toLowerCase() === name);
  const sent: [string, string][] = [
    ['Host', `${hostname}:${port}`],
    ['Connection', 'close'],
    ...(withKey ? ([['Authorization', `Bearer ${key}`]] as [string, string][]) : []),
    ...(bytes.length && !named('content-type') ? ([['Content-Type', 'application/json']] as [string, string][]) : []),
    ...(bytes.length && !named('transfer-encoding')
      ? ([['Content-Length', String(bytes.length)]] as [string, string][])
      : []),
    ...headers.map(([name, value]): [string, string] => [name, value]),
  ];
  return new Promise((resolve, reject) => {
    const asking = request({
      host: hostname,
      port,
      path,
      method: method ?? (bytes.length ? 'POST' : 'GET'),
      headers: sent.flat(),
    });
    asking.once('error', reject);
    asking.once('response', (response) => {
      const { statusCode: status = 0, headers: answered } = response;
      text(response).then(
        (body) => resolve({ status, text: body, contentType: answered['content-type'] ?? '' }),
        reject,
      );
    });
    asking.end(bytes);
  });
}

async function sendBytes(origin: string, raw: string): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.write(raw, 'latin1');
  const answer = await text(socket);
  const [head = '', ...body] = answer.split('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    text: body.join('\r\n\r\n'),
    contentType: /^content-type: (.*)$/im.exec(head)?.[1] ?? '',
  };
}

import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { readReplicateWebhook } from './webhook.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const body = JSON.stringify({
  id: 'abc123',
  status: 'succeeded',
  output: ['https://example.com/a.png'],
});

function sign(rest: { at?: Date; with?: string; content?: string } = {}) {
  const { at = new Date(), content = body } = rest;
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(rest.with ?? secret).sign('msg_1', at, content),
  };
}

test('reads a genuine message, from text or bytes', () => {
  expect(readReplicateWebhook({ secret, headers: sign(), rawBody: body })).toEqual({
    id: 'abc123',
    status: 'succeeded',
  });
  expect(
    readReplicateWebhook({
      secret,
      headers: sign(),
      rawBody: Buffer.from(body),
    }),
  ).toEqual({
    id: 'abc123',
    status: 'succeeded',
  });
});

test.each([
  ['signed with another secret', sign({ with: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }), body],
  ['changed on the way', sign(), body.replace('abc123', 'abc124')],
  ['six minutes old', sign({ at: new Date(Date.now() - 6 * 60_000) }), body],
  ['six minutes ahead', sign({ at: new Date(Date.now() + 6 * 60_000) }), body],
  ['without headers', {}, body],
  [
    'given a newer time than was signed',
    {
      ...sign({ at: new Date(Date.now() - 86_400_000) }),
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
    },
    body,
  ],
  ['not about a prediction', sign({ content: '{"hello":1}' }), '{"hello":1}'],
  ['not JSON', sign({ content: 'hello' }), 'hello'],
])('refuses a message %s', (_, headers, rawBody) => {
  expect(() => readReplicateWebhook({ secret, headers, rawBody })).toThrow(Error);
});

import { Webhook } from 'standardwebhooks';
import type { SigningSecrets } from './sealed-secret.ts';

/** What is sent. `id` and `timestamp` are the event's: the same at every try. */
export type Message = { id: string; type: string; timestamp: Date; data: object };
export type SignedMessage = { headers: Record<string, string>; body: string };

/**
 * Headers and body by the Standard Webhooks scheme, signed now: receivers refuse what is minutes old,
 * and a try may come a day after the event.
 */
export function signMessage(
  { id, type, timestamp, data }: Message,
  { current, previous }: SigningSecrets,
  now: Date,
): SignedMessage {
  const body = JSON.stringify({ type, timestamp: timestamp.toISOString(), data });
  const secrets = previous && Date.parse(previous.until) > now.getTime() ? [current, previous.secret] : [current];
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Easel-Webhooks/1',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
    },
  };
}

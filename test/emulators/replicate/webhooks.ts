import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { Webhook } from 'standardwebhooks';
import { createWebhookSender } from '../webhook-sender.ts';
import type { Prediction, WebhookEvent } from './predictions.ts';

export type Delivery = {
  predictionId: string;
  event: WebhookEvent;
  attempt: number;
  webhookId: string;
  status: number | null;
};

/**
 * Sends a prediction's webhooks, signed by the Standard Webhooks scheme. The completed one is tried
 * again, with the same id, until it is answered 2xx or five attempts are over.
 */
export function createWebhooks(options: { secret: string; retryMs: number; clock: () => number }) {
  const { secret, retryMs, clock } = options;
  const signer = new Webhook(secret);
  const sender = createWebhookSender();
  const deliveries: Delivery[] = [];
  const unseen: Delivery[] = [];
  const events = new EventEmitter<{ delivered: [] }>();
  let copies = 1;

  async function send(prediction: Prediction, event: WebhookEvent, body: string): Promise<void> {
    if (!prediction.webhook || !prediction.webhookEvents.includes(event)) return;
    const webhookId = `msg_${randomUUID().replaceAll('-', '')}`;
    const attempts = event === 'completed' ? 5 : 1;
    for (let attempt = 1; attempt <= attempts && !sender.isClosed(); attempt++) {
      const status = await post(prediction.webhook, webhookId, body);
      const delivery = {
        predictionId: prediction.id,
        event,
        attempt,
        webhookId,
        status,
      };
      deliveries.push(delivery);
      unseen.push(delivery);
      events.emit('delivered');
      if (status !== null && status >= 200 && status < 300) return;
      await sender.wait(retryMs * 2 ** (attempt - 1));
    }
  }

  async function post(url: string, webhookId: string, body: string): Promise<number | null> {
    const at = new Date(clock());
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Replicate/1.0',
      'webhook-id': webhookId,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signer.sign(webhookId, at, body),
    };
    return sender.post(url, headers, body);
  }

  return {
    deliveries: deliveries as readonly Delivery[],
    send: async (prediction: Prediction, event: WebhookEvent, body: string) => {
      await Promise.all(Array.from({ length: copies }, () => send(prediction, event, body)));
    },
    /** From now on every webhook is sent this many times. */
    repeat: (times: number) => {
      copies = times;
    },
    /** Each attempt once, in order. */
    async next(): Promise<Delivery> {
      while (unseen.length === 0) await once(events, 'delivered');
      return unseen.shift() as Delivery;
    },
    close: sender.close,
  };
}

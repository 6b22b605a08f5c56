import { EventEmitter, once } from 'node:events';
import type Stripe from 'stripe';
import { createWebhookSender } from '../../webhook-sender.ts';
import { signPayload } from './signatures.ts';

export type Delivery = {
  eventId: string;
  type: string;
  attempt: number;
  /** Null when nobody answered. */
  status: number | null;
  body: string;
  signature: string;
};
/**
 * What becomes of events from now on.
 * - `normal`: sent at once, one after another, and again until answered 2xx
 * - `hold`: kept until `release` sends them, in any order
 * - `stop`: none is sent; all go, in order, as soon as another mode is set
 * - `duplicate`: sent twice; `delay`: sent `delayMs` later; `drop`: never sent
 */
export type Mode = 'normal' | 'hold' | 'stop' | 'duplicate' | 'drop' | { delayMs: number };
export type DeliverOptions = {
  times?: number;
  /** Seconds since 1970 that the signature claims. */
  at?: number;
  /** Signs with these instead; an unknown one forges it. */
  secret?: string | string[];
  /** Signed and sent instead of the event. */
  body?: string;
  /** Sends this instead of what was signed. */
  tamper?: (body: string) => string;
  /** Replaces the whole header; null leaves it out. */
  signature?: string | null;
  url?: string;
};

const retryFactor = 2;
const attempts = 5;

/** Sends events to the webhook's address, signed as Stripe signs, and remembers each attempt. */
export function createWebhooks(options: { secrets: string[]; retryMs: number; clock: () => number }) {
  const { retryMs, clock } = options;
  const deliveries: Delivery[] = [];
  const unseen: Delivery[] = [];
  const held: Stripe.Event[] = [];
  const underWay = new Set<Promise<unknown>>();
  const sender = createWebhookSender();
  const news = new EventEmitter<{ delivered: [] }>();
  let secrets = options.secrets;
  let address: string | null = null;
  let mode: Mode = 'normal';
  let line: Promise<unknown> = Promise.resolve();

  function track<T>(work: Promise<T>): Promise<T> {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
    return work;
  }

  function take(event: Stripe.Event): void {
    if (!address) return;
    event.pending_webhooks = 1;
    if (mode === 'drop') return;
    if (mode === 'hold' || mode === 'stop') {
      held.push(event);
      return;
    }
    const times = mode === 'duplicate' ? 2 : 1;
    const delayMs = typeof mode === 'object' ? mode.delayMs : 0;
    const body = print(event);
    if (delayMs > 0) {
      for (let count = 0; count < times; count++)
        void track(sender.wait(delayMs).then(() => sendUntilTaken(event, body)));
      return;
    }
    // Why: one after another, so that a test sees the order in which Stripe made them unless it asks for another.
    for (let count = 0; count < times; count++) line = track(line.then(() => sendUntilTaken(event, body)));
  }

  /** The first attempt is awaited; those after it don't hold up the line. */
  async function sendUntilTaken(event: Stripe.Event, body: string): Promise<void> {
    if (await attemptOne(event, body, 1)) return;
    void track(retry(event, body));
  }

  async function retry(event: Stripe.Event, body: string): Promise<void> {
    for (let attempt = 2; attempt <= attempts && !sender.isClosed(); attempt++) {
      await sender.wait(retryMs * retryFactor ** (attempt - 2));
      if (await attemptOne(event, body, attempt)) return;
    }
  }

  async function attemptOne(event: Stripe.Event, body: string, attempt: number): Promise<boolean> {
    if (sender.isClosed() || !address) return true;
    const delivery = await post(event, body, attempt, {});
    const taken = delivery.status !== null && delivery.status >= 200 && delivery.status < 300;
    if (taken) event.pending_webhooks = 0;
    return taken;
  }

  async function post(event: Stripe.Event, body: string, attempt: number, change: DeliverOptions): Promise<Delivery> {
    const at = change.at ?? Math.floor(clock() / 1000);
    const signature =
      change.signature === undefined ? signPayload(body, [change.secret ?? secrets].flat(), at) : change.signature;
    const sent = change.tamper ? change.tamper(body) : body;
    const status = await send(change.url ?? address, sent, signature);
    const delivery = { eventId: event.id, type: event.type, attempt, status, body: sent, signature: signature ?? '' };
    deliveries.push(delivery);
    unseen.push(delivery);
    news.emit('delivered');
    return delivery;
  }

  async function send(url: string | null, body: string, signature: string | null): Promise<number | null> {
    if (url === null) throw new Error('No webhook address is set: call setWebhook(url) first.');
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
      ...(signature !== null && { 'stripe-signature': signature }),
    };
    return sender.post(url, headers, body);
  }

  return {
    take,
    deliveries: deliveries as readonly Delivery[],
    held: held as readonly Stripe.Event[],
    setMode(wanted: Mode): void {
      const waiting = mode === 'stop' ? held.splice(0) : [];
      mode = wanted;
      for (const event of waiting) take(event);
    },
    setAddress: (url: string | null): void => {
      address = url;
    },
    setSecrets: (wanted: string[]): void => {
      secrets = wanted;
    },
    secrets: () => secrets,
    /** Sends what was held, in the order made or as `order` puts it; each goes once and is awaited. */
    async release(order: (events: Stripe.Event[]) => Stripe.Event[] = (events) => events): Promise<Delivery[]> {
      const sent: Delivery[] = [];
      for (const event of order(held.splice(0))) sent.push(await post(event, print(event), 1, {}));
      return sent;
    },
    /** Sends one event now, whatever the mode, and gives each attempt's outcome. */
    async deliver(event: Stripe.Event, change: DeliverOptions = {}): Promise<Delivery[]> {
      const sent: Delivery[] = [];
      const body = change.body ?? print(event);
      for (let count = 0; count < (change.times ?? 1); count++) sent.push(await post(event, body, 1, change));
      return sent;
    },
    /** Each attempt once, in order. */
    async next(): Promise<Delivery> {
      while (unseen.length === 0) await once(news, 'delivered');
      return unseen.shift() as Delivery;
    },
    /** Waits until everything sent so far was answered, or given up. */
    async settle(): Promise<void> {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    close: sender.close,
  };
}

/** As Stripe prints it, on many lines: whoever parses and prints it again finds the signature wrong. */
function print(event: Stripe.Event): string {
  return JSON.stringify(event, null, 2);
}

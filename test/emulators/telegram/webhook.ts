import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './errors.ts';
import { type RequestContent, readContent } from './request.ts';
import type { Update } from './types.ts';
import type { Updates } from './updates.ts';

/** Where updates go and how it went. */
export interface WebhookState {
  url: string;
  secretToken: string;
  maxConnections: number;
  lastErrorDate?: number;
  lastErrorMessage?: string;
}

interface WebhookDependencies {
  updates: Updates;
  allowHttp: boolean;
  hosts: Record<string, string>;
  retryStep: number;
  /** Does a call that a webhook's answer asks for. */
  call: (method: string, content: RequestContent) => Promise<void>;
}

const PORTS = ['', '443', '80', '88', '8443'];
const LONGEST_RETRY_STEPS = 60;
const LONGEST_RETRY_AFTER_SECONDS = 3600;
const NO_WEBHOOK: WebhookState = {
  url: '',
  secretToken: '',
  maxConnections: 0,
};

/** Posts updates to the bot's webhook: in order within a chat, again with backoff until answered 2xx. */
export function createWebhook({ updates, allowHttp, hosts, retryStep, call }: WebhookDependencies) {
  let state = NO_WEBHOOK;
  let stop = new AbortController();
  const inFlight = new Map<Update, string>();
  updates.onChange(pump);

  function pump() {
    if (state.url === '') return;
    for (const update of updates.waiting()) {
      const queue = queueOf(update);
      const isFree = inFlight.size < state.maxConnections && ![...inFlight.values()].includes(queue);
      if (!isFree || inFlight.has(update)) continue;
      inFlight.set(update, queue);
      void deliver(update, stop.signal);
    }
  }

  async function deliver(update: Update, signal: AbortSignal) {
    // The first retry comes at once, the following ones after 2, 4, 8 … steps.
    let steps = 1;
    for (let failures = 0; !signal.aborted; failures += 1) {
      const outcome = await attempt(update, signal);
      if (signal.aborted) break;
      if (outcome === 'ok') {
        updates.confirm(update);
        break;
      }
      if (failures > 0 && outcome === 0) steps = Math.min(LONGEST_RETRY_STEPS, steps * 2);
      const wait = outcome > 0 ? outcome * 1000 : failures > 0 ? steps * retryStep : 0;
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
    if (!signal.aborted) {
      inFlight.delete(update);
      pump();
    }
  }

  /** 'ok', or the seconds after which the receiver asked to be tried again (0 when it did not say). */
  async function attempt(update: Update, signal: AbortSignal): Promise<'ok' | number> {
    const headers = {
      'content-type': 'application/json',
      ...(state.secretToken && {
        'x-telegram-bot-api-secret-token': state.secretToken,
      }),
    };
    try {
      const response = await fetch(reachable(state.url), {
        method: 'POST',
        headers,
        body: JSON.stringify(update),
        signal,
        redirect: 'manual',
      });
      const body = Buffer.from(await response.arrayBuffer());
      if (response.ok) {
        await doReply(response.headers.get('content-type') ?? '', body);
        return 'ok';
      }
      fail(`Wrong response from the webhook: ${response.status} ${response.statusText}`);
      return Math.min(
        LONGEST_RETRY_AFTER_SECONDS,
        Number.parseInt(response.headers.get('retry-after') ?? '0', 10) || 0,
      );
    } catch {
      if (!signal.aborted) fail('Connection refused');
      return 0;
    }
  }

  function fail(message: string) {
    state.lastErrorDate = Math.floor(Date.now() / 1000);
    state.lastErrorMessage = message;
  }

  async function doReply(contentType: string, body: Buffer) {
    const content = await readContent(new URL('http://reply'), contentType, body).catch(() => undefined);
    const method = String(content?.values.method ?? '');
    const isRefused = method === '' || /^(get|setwebhook$|deletewebhook$|close$|logout$)/i.test(method);
    if (content && !isRefused) await call(method, content);
  }

  function reachable(address: string): URL {
    const url = new URL(address);
    const origin = hosts[url.host];
    return origin === undefined ? url : new URL(url.pathname + url.search, origin);
  }

  return {
    state: () => state,
    /** Starts delivering; throws the service's refusal of the address. */
    set(next: WebhookState) {
      checkAddress(next.url, allowHttp, hosts);
      this.remove();
      state = next;
      stop = new AbortController();
      pump();
    },
    remove() {
      stop.abort();
      inFlight.clear();
      state = NO_WEBHOOK;
    },
  };
}

/** What `createWebhook` makes. */
export type Webhook = ReturnType<typeof createWebhook>;

/** Updates of one chat are delivered one after another. */
function queueOf(update: Update): string {
  const [, payload] = Object.entries(update).find(([key]) => key !== 'update_id') ?? [];
  const { chat, message } = payload as {
    chat?: { id: number };
    message?: { chat: { id: number } };
  };
  return String(chat?.id ?? message?.chat.id ?? update.update_id);
}

function checkAddress(address: string, allowHttp: boolean, hosts: Record<string, string>) {
  const url = URL.parse(/^[a-z]+:\/\//i.test(address) ? address : `https://${address}`);
  if (!url || !/^https?:$/.test(url.protocol)) throw new ApiError(400, 'Bad Request: invalid webhook URL specified');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isLoopback = host === 'localhost' || /^127\./.test(host) || host === '::1';
  if (allowHttp && isLoopback) return;
  if (!allowHttp && url.protocol === 'http:') throw badWebhook('An HTTPS URL must be provided for webhook');
  if (!allowHttp && !PORTS.includes(url.port))
    throw badWebhook('Webhook can be set up only on ports 80, 88, 443 or 8443');
  if (isLoopback) throw badWebhook(`IP address ${isIP(host) ? host : '127.0.0.1'} is reserved`);
  if (hosts[url.host] === undefined) throw badWebhook('Failed to resolve host: Name or service not known');
}

function badWebhook(reason: string) {
  return new ApiError(400, `Bad Request: bad webhook: ${reason}`);
}

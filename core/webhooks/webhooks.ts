import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { openInternet, type Reach } from '../fetch/public-connection.ts';
import type { Outbox } from '../generations/outbox.ts';
import { presentGeneration } from '../generations/present.ts';
import type { Reader } from '../generations/read.ts';
import type { PictureLinks } from '../images/links.ts';
import type { Log } from '../log.ts';
import type { createLetters } from '../mail/letters.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { Queues } from '../queue/queue.ts';
import type { Words } from '../words/words.ts';
import { checkAddress } from './address.ts';
import { createDelivering, defaultWebhookTimings, type WebhookTimings } from './deliver.ts';
import { createEndpoints } from './endpoints.ts';
import { pingEvent } from './events.ts';
import { createHistory } from './history.ts';
import { createPrune } from './prune.ts';
import { createRetire } from './retire.ts';
import { createSeal } from './sealed-secret.ts';

/** What tests set otherwise: they have neither the internet nor a day. */
export type WebhookOptions = Partial<WebhookTimings> & { reach?: Reach; protocols?: readonly string[] };

/** Events for developers' own servers: their endpoints, the sending, and what was sent. */
export function createWebhooks({
  database,
  queues,
  outbox,
  reader,
  mailer,
  letters,
  words,
  key,
  publicUrl,
  links,
  leaseMs,
  clock,
  log,
  options: { reach = openInternet, protocols = ['https:'], ...timings },
}: {
  database: Database;
  queues: Queues;
  outbox: Outbox;
  reader: Pick<Reader, 'find'>;
  mailer: Mailer;
  letters: ReturnType<typeof createLetters>;
  words: Words;
  /** 32 bytes that secrets are sealed with. */
  key: Uint8Array;
  publicUrl: string;
  links: PictureLinks;
  leaseMs: number;
  clock: Clock;
  log: Log;
  options: WebhookOptions;
}) {
  const seal = createSeal(key);
  const endpoints = createEndpoints({
    database,
    seal,
    checkAddress: (url) => checkAddress(url, { reach, protocols }),
    clock,
  });
  const delivering = createDelivering({
    database,
    queues,
    reach,
    seal,
    dataOf,
    retire: createRetire({ database, mailer, letters, clock, log }),
    leaseMs,
    timings: { ...defaultWebhookTimings, ...timings },
    clock,
    log,
  });

  async function dataOf(event: { type: string; generationId: string; endpointId: string }): Promise<object | null> {
    if (event.type === pingEvent) return { endpoint_id: event.endpointId };
    const generation = await reader.find(event.generationId);
    return generation && presentGeneration(generation, { words, publicUrl, links });
  }

  return {
    endpoints,
    history: createHistory({ database, endpoints, outbox, clock }),
    prune: createPrune({ database, clock }),
    startSending: delivering.start,
    /** Lets what is being sent end, and begins nothing more. */
    stopSending: delivering.stop,
  };
}

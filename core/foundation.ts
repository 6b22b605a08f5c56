import { join } from 'node:path';
import type { Clock } from './clock.ts';
import { openDatabase } from './database/database.ts';
import { createEvents } from './events.ts';
import type { PublicFetch } from './fetch/public-fetch.ts';
import type { SweepTimings } from './generations/sweep.ts';
import type { Timings } from './generations/timings.ts';
import { createDiskStore } from './images/disk-store.ts';
import type { Log } from './log.ts';
import { createLetters } from './mail/letters.ts';
import { openMailer } from './mail/open-mailer.ts';
import { createProviders } from './providers/index.ts';
import { createQueues } from './queue/queue.ts';
import { openRedis } from './redis.ts';
import { loadSecrets } from './secrets.ts';
import type { Settings } from './settings.ts';
import type { WebhookOptions } from './webhooks/webhooks.ts';
import { createWords } from './words/words.ts';

/** What the service runs on, and what tests set otherwise. */
export type CoreOptions = {
  settings: Settings;
  databaseUrl: string;
  redisUrl: string;
  log: Log;
  clock?: Clock;
  timings?: Partial<Timings>;
  sweep?: Partial<SweepTimings>;
  /** How long a sandbox drawing takes. */
  sandboxDelayMs?: number;
  /** How pictures are fetched that members name; tests have no open internet. */
  fetchPublicly?: PublicFetch;
  webhooks?: WebhookOptions;
};

export type Foundation = Awaited<ReturnType<typeof openFoundation>>;

/** Opens what all parts stand on. Connects to Redis; Postgres connects when first asked. */
export async function openFoundation({ settings, databaseUrl, redisUrl, log, sandboxDelayMs = 4_000 }: CoreOptions) {
  const secrets = loadSecrets(settings);
  const words = createWords();
  const database = openDatabase({ url: databaseUrl, log });
  const redis = openRedis({ url: redisUrl, log });
  await redis.connect();
  const events = createEvents({ redis, log });
  const queues = createQueues({ url: redisUrl, log });
  const mailer = openMailer({ settings, log });
  const store = createDiskStore({ directory: join(settings.dataDirectory, 'images') });
  const providers = createProviders({
    replicate: replicateSettings(settings),
    sandbox: { delayMs: sandboxDelayMs },
    log,
  });
  const letters = createLetters({ words });
  return { secrets, words, letters, database, redis, events, queues, mailer, store, providers };
}

function replicateSettings(settings: Settings) {
  if (!settings.replicate.on) return null;
  const { token, apiUrl, webhookSecret } = settings.replicate;
  return { token, apiUrl, webhook: webhookSecret ? { publicUrl: settings.publicUrl } : null };
}

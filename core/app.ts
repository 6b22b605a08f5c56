import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createAccounts } from './accounts/accounts.ts';
import { createApiKeys } from './accounts/api-keys.ts';
import { createBrowserSignIn } from './accounts/browser-sign-in.ts';
import { createCodes } from './accounts/codes.ts';
import { createAccountMaker } from './accounts/create-account.ts';
import { createDeletePerson } from './accounts/delete-person.ts';
import { createExportPerson } from './accounts/export-person.ts';
import { createFindAccounts } from './accounts/find-accounts.ts';
import { createKeyVersions } from './accounts/key-versions.ts';
import { createMerge } from './accounts/merge.ts';
import { createOpenSessions } from './accounts/open-sessions.ts';
import { createResendCode } from './accounts/resend-code.ts';
import { createSessions } from './accounts/sessions.ts';
import { createStartToken } from './accounts/start-token.ts';
import { createAudit } from './audit/audit.ts';
import { createBilling } from './billing/billing.ts';
import { createBroadcasts } from './broadcasts/broadcasts.ts';
import type { Clock } from './clock.ts';
import { createConversations } from './conversations/conversations.ts';
import { openDatabase } from './database/database.ts';
import { pendingMigrations } from './database/migrate.ts';
import { createEvents } from './events.ts';
import { createPublicFetch, type PublicFetch } from './fetch/public-fetch.ts';
import { createDeliveries } from './generations/deliveries.ts';
import { createFinish } from './generations/finish.ts';
import { createFollow } from './generations/follow.ts';
import { createGenerations } from './generations/generations.ts';
import { createIdempotency } from './generations/idempotency.ts';
import { createMoves } from './generations/moves.ts';
import { createOperate } from './generations/operate.ts';
import { createOutbox } from './generations/outbox.ts';
import { createPreviews } from './generations/previews.ts';
import { createProcess } from './generations/process.ts';
import { createReader } from './generations/read.ts';
import { createEstimate, createRequest } from './generations/request.ts';
import { createSave } from './generations/save.ts';
import { styles } from './generations/styles.ts';
import { createSweep, defaultSweep, type SweepTimings } from './generations/sweep.ts';
import { defaultTimings, type Timings } from './generations/timings.ts';
import { createWriter } from './generations/write.ts';
import { createProbes } from './health/probes.ts';
import { createDiskStore } from './images/disk-store.ts';
import { createGallery } from './images/gallery.ts';
import { createInputs } from './images/inputs.ts';
import { createPictureLinks } from './images/links.ts';
import type { Log } from './log.ts';
import { createLetters } from './mail/letters.ts';
import { openMailer } from './mail/open-mailer.ts';
import { createModeration } from './moderation/moderation.ts';
import { createNotices } from './notices/notices.ts';
import { createOnce } from './once/once.ts';
import { createPace } from './pace/pace.ts';
import { createPauses } from './pauses/pauses.ts';
import { createPresence } from './presence.ts';
import { createProviders } from './providers/index.ts';
import { createQueues } from './queue/queue.ts';
import { createGifts } from './quotas/gifts.ts';
import { createGrants } from './quotas/grants.ts';
import { createMakeUp } from './quotas/make-up.ts';
import { createMovements } from './quotas/movements.ts';
import { createOffers } from './quotas/offers.ts';
import { createPlans } from './quotas/plans.ts';
import { createQuotas } from './quotas/quotas.ts';
import { createStanding } from './quotas/standing.ts';
import { openRedis } from './redis.ts';
import { createSchedules } from './schedules/schedules.ts';
import { loadSecrets } from './secrets.ts';
import { createServers } from './servers/servers.ts';
import type { Settings } from './settings.ts';
import { createFigures } from './usage/figures.ts';
import { createUsageRollUp } from './usage/roll-up.ts';
import { createWebhooks, type WebhookOptions } from './webhooks/webhooks.ts';
import { createWords } from './words/words.ts';

export type Core = Awaited<ReturnType<typeof createCore>>;

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

/** Generations that one worker has in hand at once: nearly all of that is waiting for the provider. */
const workerSlots = 32;

/** Puts the service together. Connects to Redis; Postgres connects when first asked. */
export async function createCore({
  settings,
  databaseUrl,
  redisUrl,
  log,
  clock = () => new Date(),
  ...options
}: CoreOptions) {
  const timings = { ...defaultTimings, ...options.timings };
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
    sandbox: { delayMs: options.sandboxDelayMs ?? 4_000 },
    log,
  });

  const codes = createCodes({ database, key: secrets.derive('email-codes'), clock });
  const keyVersions = createKeyVersions({ redis });
  const letters = createLetters({ words });
  const accounts = createAccounts({ database, codes, mailer, letters, events, keyVersions, clock, log });
  const hashKey = secrets.derive('api-keys');
  const apiKeys = createApiKeys({ database, redis, versions: keyVersions, events, hashKey, clock, log });
  const sessions = createSessions({ redis, database });
  const quotas = createQuotas({
    redis,
    database,
    clock,
    log,
    offers: createOffers({ database, stripe: settings.stripe }),
  });
  const outbox = createOutbox({ database, queues, quotas, store, log });
  const finish = createFinish({ database, outbox, events, clock });
  const reader = createReader({ database, providers, clock, slots: workerSlots });
  const pauses = createPauses({ database, events });
  const notices = createNotices({ database, queues, outbox, leaseMs: timings.deliveryLeaseMs, clock, log });
  const { refreshLines, ...conversations } = createConversations({ database, events, clock });
  const moderation = createModeration({ database, events, notices, words, refreshLines, clock, log });
  const { rules, tellReplaced } = moderation;
  const { models } = providers;
  const write = createWriter({ database });
  const request = createRequest({ quotas, write, outbox, models, rules, pauses, tellReplaced });
  const webhookSecret = settings.replicate.on ? settings.replicate.webhookSecret : null;
  const previews = createPreviews({ redis, providers, log });
  const generations = createGenerations({
    database,
    reader,
    request,
    estimate: createEstimate({ quotas, models, rules, pauses }),
    follow: createFollow({ reader, events }),
    idempotency: createIdempotency({ database, redis, clock }),
    previews,
    finish,
    events,
    webhookSecret,
    clock,
    log,
  });
  const deliveries = createDeliveries({ database, leaseMs: timings.deliveryLeaseMs, queues, clock, log });
  const pace = createPace({ redis });
  const billing = createBilling({
    settings,
    database,
    queues,
    outbox,
    notices,
    announce: accounts.announce,
    pauses,
    pace,
    leaseMs: timings.deliveryLeaseMs,
    clock,
    log,
  });
  const links = createPictureLinks({ key: secrets.derive('picture-links'), publicUrl: settings.publicUrl, clock });
  const webhooks = createWebhooks({
    database,
    queues,
    outbox,
    reader,
    mailer,
    letters,
    words,
    key: secrets.derive('webhook-secrets'),
    publicUrl: settings.publicUrl,
    links,
    leaseMs: timings.deliveryLeaseMs,
    clock,
    log,
    options: options.webhooks ?? {},
  });
  const images = createGallery({ database, store, clock });
  const fetchPublicly = options.fetchPublicly ?? createPublicFetch();
  const inputs = createInputs({ database, redis, store, fetchPublicly, clock });
  const moves = createMoves({ database, owner: randomUUID(), leaseMs: timings.leaseMs });
  const save = createSave({ database, store, clock });
  const broadcasts = createBroadcasts({ database, notices, clock });
  const sweep = createSweep({
    database,
    outbox,
    queues,
    quotas,
    advance: [broadcasts.advance],
    tidy: [inputs.sweep, codes.prune, notices.giveUpStale, webhooks.prune],
    log,
    timings: { ...defaultSweep, ...options.sweep },
  });
  const process = createProcess({
    moves,
    finish,
    save,
    previews,
    inputs,
    review: moderation.review,
    providers,
    events,
    requeue: outbox.requeue,
    clock,
    log,
    timings,
  });

  const rollUpUsage = createUsageRollUp({ database, clock });
  const servers = createServers({ database, clock });
  const schedules = createSchedules({
    queues,
    scheduled: [
      ...(billing.on ? [{ name: 'reconcile', pattern: '17 * * * *', run: billing.reconcile } as const] : []),
      { name: 'renewals', pattern: '7 * * * *', run: billing.lookAfterPlans },
      { name: 'usage', pattern: '*/10 * * * *', run: () => Promise.all([rollUpUsage(), servers.count()]) },
    ],
    everyMs: 6 * (options.sweep?.everyMs ?? defaultSweep.everyMs),
    log,
  });

  const { closeCheckouts } = billing;
  const farewell = { database, redis, closeCheckouts, outbox, keyVersions, announce: accounts.announce, clock };

  /** Begins to work on generations, and to sweep. */
  function startWorker(): void {
    queues.consume('generation', workerSlots, ({ id }) => process.run(id));
    webhooks.startSending();
    billing.startWork();
    schedules.start();
    sweep.start();
  }

  /** Whether what the service stands on is there. */
  async function health(): Promise<{ postgres: boolean; redis: boolean; migrations: boolean }> {
    const [postgres, reachable, pending] = await Promise.all([
      database.pool.query('SELECT 1').then(yes, no),
      redis.client.ping().then(yes, no),
      pendingMigrations({ connectionString: databaseUrl }).then((names) => names.length === 0, no),
    ]);
    return { postgres, redis: reachable, migrations: pending };
  }

  /** Stops working, then closes every connection. */
  async function close(): Promise<void> {
    process.stop();
    await sweep.stop();
    await schedules.stop();
    webhooks.stopSending();
    await queues.close();
    await apiKeys.close();
    await mailer.close();
    await redis.close();
    await database.close();
  }

  return {
    settings,
    log,
    words,
    secrets,
    events,
    accounts: {
      ...accounts,
      ...createStartToken({ accounts }),
      ...createBrowserSignIn({ database, redis, secrets, publicUrl: settings.publicUrl, accounts, clock, log }),
      endSessions: sessions.endAll,
      ...createOpenSessions({ sessions, database }),
      resendCode: createResendCode({ database, codes, mailer, letters, clock }),
      search: createFindAccounts({ database }),
      merge: createMerge(farewell),
      exportPerson: createExportPerson({ database, clock }),
      deletePerson: createDeletePerson(farewell),
      create: createAccountMaker({ database, clock }),
    },
    apiKeys,
    billing,
    audit: createAudit({ database, clock, log }),
    rollUpUsage,
    figures: createFigures({ database, clock }),
    probes: createProbes({ settings, database, redis, clock }),
    queues: { forBoard: queues.forBoard },
    plans: createPlans({ database, announce: accounts.announce }),
    sessions,
    generations: {
      ...generations,
      ...createOperate({ database, reader, outbox, accounts, again: generations.again }),
    },
    deliveries,
    notices: { tell: notices.tell, enter: notices.enter, publish: notices.publish, consume: notices.consume },
    webhooks: { endpoints: webhooks.endpoints, ...webhooks.history },
    quotas: {
      ...createStanding({ redis, database, clock }),
      ...createGrants({ database, outbox, clock }),
      ...createMakeUp({ database, outbox, clock }),
      give: createGifts({ database, outbox, notices, clock }),
      movements: createMovements({ database }),
    },
    images: {
      ...images,
      inputs,
      links,
    },
    moderation,
    conversations,
    pace,
    once: createOnce({ redis }),
    pauses,
    servers,
    broadcasts,
    presence: createPresence(redis),
    models,
    styles: styles as readonly string[],
    /** True once per key and span over all processes: whoever gets it may act. */
    claimTurn: async (key: string, ms: number) =>
      (await redis.client.set(`turn:${key}`, 1, 'PX', ms, 'NX').catch(() => null)) === 'OK',
    startWorker,
    sweepOnce: sweep.once,
    health,
    close,
    database,
  };
}

const yes = () => true;
const no = () => false;

function replicateSettings(settings: Settings) {
  if (!settings.replicate.on) return null;
  const { token, apiUrl, webhookSecret } = settings.replicate;
  return { token, apiUrl, webhook: webhookSecret ? { publicUrl: settings.publicUrl } : null };
}

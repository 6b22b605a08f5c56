import { randomUUID } from 'node:crypto';
import { createAccountVersions } from './accounts/account-versions.ts';
import { createAccounts } from './accounts/accounts.ts';
import { createApiKeys } from './accounts/api-keys.ts';
import { createCodes } from './accounts/codes.ts';
import { createSessions } from './accounts/sessions.ts';
import { createBilling } from './billing/billing.ts';
import { createBroadcasts } from './broadcasts/broadcasts.ts';
import type { Clock } from './clock.ts';
import { createConversations } from './conversations/conversations.ts';
import { createPublicFetch } from './fetch/public-fetch.ts';
import type { CoreOptions, Foundation } from './foundation.ts';
import { createDeliveries } from './generations/deliveries.ts';
import { createFinish } from './generations/finish.ts';
import { createFollow } from './generations/follow.ts';
import { createGenerations } from './generations/generations.ts';
import { createIdempotency } from './generations/idempotency.ts';
import { createMoves } from './generations/moves.ts';
import { createOutbox } from './generations/outbox.ts';
import { createPreviews } from './generations/previews.ts';
import { createProcess } from './generations/process.ts';
import { createReader } from './generations/read.ts';
import { createEstimate, createRequest } from './generations/request.ts';
import { createSave } from './generations/save.ts';
import { createSweep, defaultSweep } from './generations/sweep.ts';
import { defaultTimings } from './generations/timings.ts';
import { createWriter } from './generations/write.ts';
import { createGallery } from './images/gallery.ts';
import { createInputs } from './images/inputs.ts';
import { createPictureLinks } from './images/links.ts';
import { createModeration } from './moderation/moderation.ts';
import { createNotices } from './notices/notices.ts';
import { createPace } from './pace/pace.ts';
import { createPauses } from './pauses/pauses.ts';
import { createOffers } from './quotas/offers.ts';
import { createQuotas } from './quotas/quotas.ts';
import { createQuotaSweep } from './quotas/sweep.ts';
import { createSchedules } from './schedules/schedules.ts';
import { createServers } from './servers/servers.ts';
import { createUsageRollUp } from './usage/roll-up.ts';
import { createWebhooks } from './webhooks/webhooks.ts';

/** Generations that one worker has in hand at once: nearly all of that is waiting for the provider. */
export const workerSlots = 32;

/** Makes the parts of the service, each with the others that it needs. Nothing runs yet. */
export function createParts(foundation: Foundation, { settings, log, ...options }: CoreOptions & { clock: Clock }) {
  const { secrets, words, letters, database, redis, events, queues, mailer, store, providers } = foundation;
  const { clock } = options;
  const timings = { ...defaultTimings, ...options.timings };
  const codes = createCodes({ database, key: secrets.derive('email-codes'), clock });
  const versions = createAccountVersions({ redis });
  const accounts = createAccounts({ database, codes, mailer, letters, events, versions, clock, log });
  const hashKey = secrets.derive('api-keys');
  const apiKeys = createApiKeys({ database, redis, versions, hashKey, clock, log });
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
    sweepQuotas: createQuotaSweep({ redis, database, quotas, clock }),
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

  return {
    codes,
    accounts,
    apiKeys,
    sessions,
    quotas,
    outbox,
    reader,
    pauses,
    notices,
    moderation,
    generations,
    deliveries,
    pace,
    billing,
    links,
    webhooks,
    images,
    inputs,
    broadcasts,
    conversations,
    models,
    sweep,
    process,
    rollUpUsage,
    servers,
    schedules,
  };
}

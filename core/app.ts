import { createBrowserSignIn } from './accounts/browser-sign-in.ts';
import { createAccountMaker } from './accounts/create-account.ts';
import { createDeletePerson } from './accounts/delete-person.ts';
import { createExportPerson } from './accounts/export-person.ts';
import { createFindAccounts } from './accounts/find-accounts.ts';
import { createMerge } from './accounts/merge.ts';
import { createOpenSessions } from './accounts/open-sessions.ts';
import { createResendCode } from './accounts/resend-code.ts';
import { createStartToken } from './accounts/start-token.ts';
import { createAudit } from './audit/audit.ts';
import { pendingMigrations } from './database/migrate.ts';
import { type CoreOptions, openFoundation } from './foundation.ts';
import { createOperate } from './generations/operate.ts';
import { styles } from './generations/styles.ts';
import { createProbes } from './health/probes.ts';
import { createOnce } from './once/once.ts';
import { createParts, workerSlots } from './parts.ts';
import { createPresence } from './presence.ts';
import { createGifts } from './quotas/gifts.ts';
import { createGrants } from './quotas/grants.ts';
import { createMakeUp } from './quotas/make-up.ts';
import { createMovements } from './quotas/movements.ts';
import { createPlans } from './quotas/plans.ts';
import { createStanding } from './quotas/standing.ts';
import { createFigures } from './usage/figures.ts';

export type { CoreOptions } from './foundation.ts';
export type Core = Awaited<ReturnType<typeof createCore>>;

/** Puts the service together. Connects to Redis; Postgres connects when first asked. */
export async function createCore({ clock = () => new Date(), ...options }: CoreOptions) {
  const { settings, log, databaseUrl } = options;
  const foundation = await openFoundation(options);
  const { secrets, words, letters, database, redis, events, queues, mailer } = foundation;
  const parts = createParts(foundation, { ...options, clock });
  const { accounts, apiKeys, billing, codes, generations, images, inputs, links, notices, outbox, process } = parts;
  const { reader, schedules, sessions, sweep, webhooks } = parts;
  const { closeCheckouts } = billing;
  const farewell = { database, redis, closeCheckouts, outbox, announce: accounts.announce, clock };

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
    rollUpUsage: parts.rollUpUsage,
    figures: createFigures({ database, clock }),
    probes: createProbes({ settings, database, redis, clock }),
    queues: { forBoard: queues.forBoard },
    plans: createPlans({ database, announce: accounts.announce }),
    sessions,
    generations: {
      ...generations,
      ...createOperate({ database, reader, outbox, accounts, again: generations.again }),
    },
    deliveries: parts.deliveries,
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
    moderation: parts.moderation,
    conversations: parts.conversations,
    pace: parts.pace,
    once: createOnce({ redis }),
    pauses: parts.pauses,
    servers: parts.servers,
    broadcasts: parts.broadcasts,
    presence: createPresence(redis),
    models: parts.models,
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

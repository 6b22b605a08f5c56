import { randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { createLookUp } from '../../core/accounts/look-up.ts';
import { type Database, openDatabase } from '../../core/database/database.ts';
import { createEvents } from '../../core/events.ts';
import { checkInput, generationIdOf, refOf } from '../../core/generations/input.ts';
import { createOutbox } from '../../core/generations/outbox.ts';
import { createWriter, type NewGeneration } from '../../core/generations/write.ts';
import { createLog, type Log, readSettings } from '../../core/index.ts';
import { checkPrompt } from '../../core/moderation/rules.ts';
import { createProviders } from '../../core/providers/index.ts';
import { createQueues } from '../../core/queue/queue.ts';
import { createQuotas, type Reservation } from '../../core/quotas/quotas.ts';
import { openRedis, type RedisClient } from '../../core/redis.ts';
import { readOwnCpu } from '../support/cpu.ts';
import { printTable } from '../support/report.ts';
import type { BenchServers } from '../support/servers.ts';
import { createAccounts, generousPlan } from './accounts.ts';
import { type Body, bodySchema, waitUntil } from './app.ts';
import { createNaive } from './naive.ts';

const concurrency = 64;
const calls = 8_000;
const accounts = 1_000;

type Step = {
  name: string;
  call(index: number): unknown;
  /** What was only begun by the calls, and belongs to them. */
  finish?(): Promise<void>;
};
/** A body for each call, and the account it comes from. */
type Asked = { body: Body; accountId: string };

/** CPU of the calling process that each step of a request costs, Easel's beside the naive ones. */
export async function printLayers(servers: BenchServers): Promise<void> {
  const log = createLog(readSettings({ LOG_LEVEL: 'warn' }));
  const database = openDatabase({ url: await servers.createDatabase(), log });
  const redis = openRedis({ url: servers.redisUrl, log });
  const queues = createQueues({ url: servers.redisUrl, log });
  const naiveRedis = new Redis(servers.redisUrl);
  const { hostname, port, password } = new URL(servers.redisUrl);
  const queue = new Queue('layers', { prefix: 'naive', connection: { host: hostname, port: Number(port), password } });
  try {
    await redis.connect();
    const ids = await createAccounts(database.prisma, accounts);
    const asked = Array.from({ length: calls }, (_, index) => ({
      body: makeBody(index),
      accountId: ids[index % accounts] as string,
    }));
    const naive = createNaive({ prisma: database.prisma, redis: naiveRedis, queue });
    const steps = [...(await easelSteps({ database, redis, queues, log, asked, ids })), ...naiveSteps(naive, asked)];
    const rows: [string, number][] = [];
    for (const step of steps) rows.push([step.name, await measure(step)]);
    console.log(`Each step alone, without HTTP: ${calls} calls, ${concurrency} at once`);
    printTable(['step', 'CPU µs'], rows);
  } finally {
    await Promise.all([queues.close(), queue.close()]);
    naiveRedis.disconnect();
    await redis.close();
    await database.close();
  }
}

async function easelSteps(parts: {
  database: Database;
  redis: RedisClient;
  queues: ReturnType<typeof createQueues>;
  log: Log;
  asked: readonly Asked[];
  ids: readonly string[];
}): Promise<Step[]> {
  const { database, redis, queues, log, asked, ids } = parts;
  const { models } = createProviders({ replicate: null, sandbox: { delayMs: 0 }, log });
  const lookUp = createLookUp({ database, events: createEvents({ redis, log }), clock: () => new Date() });
  const quotas = createQuotas({ redis, database, clock: () => new Date(), log });
  const outbox = createOutbox({ database, queues, quotas, store: { delete: async () => {} }, log });
  const write = createWriter({ database });
  const reservations: Reservation[] = [];
  const generations: NewGeneration[] = [];
  const promised: string[] = [];
  const at = <T>(list: readonly T[], index: number) => list[index] as T;
  const find = (index: number) => lookUp.find('web', at(asked, index).body.user_id);
  // The counters of every account are built once, not at every request.
  await Promise.all(ids.map((id) => quotas.rebuild(id)));
  return [
    { name: 'body: zod', call: (index) => bodySchema.parse(at(asked, index).body) },
    { name: 'account: remembered', call: find },
    {
      name: 'account: asked of Postgres',
      call(index) {
        if (index % 200 === 0) lookUp.forget();
        return find(index);
      },
    },
    {
      name: 'input, moderation, id and name',
      call(index) {
        const { prompt, request_id: requestId, aspect_ratio: aspectRatio } = at(asked, index).body;
        const input = checkInput({ prompt, aspectRatio }, models);
        checkPrompt(input.prompt);
        const id = generationIdOf('web', requestId);
        const common = { locale: 'en', replyTo: null, apiKeyId: null, requestHash: null, createdAt: new Date() };
        generations[index] = { ...common, id, ref: refOf(id), source: 'web', requestId, input, priority: 100 };
      },
    },
    {
      name: 'quota reserved',
      async call(index) {
        const wanted = { images: 1, limits: generousPlan, generationId: at(generations, index).id };
        reservations[index] = await quotas.reserve({ ...wanted, accountId: at(asked, index).accountId });
      },
    },
    {
      name: 'generation, ledger, outbox written',
      async call(index) {
        const written = await write({ generation: at(generations, index), reservation: at(reservations, index) });
        if (written.outcome !== 'written') throw new Error(`A generation was not written: ${written.outcome}`);
        promised[index] = written.outboxId;
      },
    },
    {
      name: 'handed to the queue',
      call(index) {
        const payload = { id: at(generations, index).id, priority: 100 };
        outbox.publish([{ id: at(promised, index), topic: 'generation', payload }]);
      },
      finish: () =>
        waitUntil(async () => !(await database.pool.query('SELECT 1 FROM outbox LIMIT 1')).rowCount, 'the outbox'),
    },
  ];
}

function naiveSteps(naive: ReturnType<typeof createNaive>, asked: readonly Asked[]): Step[] {
  const at = (index: number) => asked[index] as Asked;
  return [
    { name: 'naive: Prisma look-up', call: (index) => naive.lookUp(at(index).body.user_id) },
    { name: 'naive: two rate limiters', call: (index) => naive.limit(at(index).accountId, 1) },
    {
      name: 'naive: Prisma create',
      call: (index) => naive.create(at(index).accountId, 100, { ...at(index).body, request_id: randomUUID() }),
    },
    { name: 'naive: BullMQ add', call: () => naive.add(randomUUID(), 100) },
  ];
}

/** CPU µs a call. */
async function measure({ call, finish }: Step): Promise<number> {
  let next = 0;
  const caller = async () => {
    while (next < calls) await call(next++);
  };
  const begun = readOwnCpu();
  await Promise.all(Array.from({ length: concurrency }, caller));
  await finish?.();
  return ((readOwnCpu() - begun) * 1000) / calls;
}

function makeBody(index: number): Body {
  const prompt = 'a red fox in the snow, early light, seen from a low hill';
  return { user_id: `user-${index % accounts}`, request_id: randomUUID(), prompt, aspect_ratio: '16:9', count: 1 };
}

import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { openDatabase } from '../core/database/database.ts';
import { createLog, readSettings } from '../core/index.ts';
import { createQuotas } from '../core/quotas/quotas.ts';
import { quotaKeys, reserveScript } from '../core/quotas/scripts.ts';
import { openRedis } from '../core/redis.ts';
import { createAccounts, generousPlan } from './accept/accounts.ts';
import { readOwnCpu } from './support/cpu.ts';
import { judge, median, printTable } from './support/report.ts';
import { openServers } from './support/servers.ts';

const accounts = 1000;
const concurrency = 50;
const callsARound = 15_000;
const rounds = 11;

type Call = (accountId: string, generationId: string) => Promise<unknown>;
type Round = { perSecond: number; cpuUs: number };

/**
 * The reservation as the service makes it, beside the same script with the same arguments sent by
 * ioredis and nothing else, in turns. Answers whether the target was met.
 */
export async function runQuota(): Promise<boolean> {
  await using closing = new AsyncDisposableStack();
  const servers = closing.use(await openServers());
  const log = createLog(readSettings({ LOG_LEVEL: 'warn' }));
  const redis = closing.adopt(openRedis({ url: servers.redisUrl, log }), ({ client, subscriber }) => {
    client.disconnect();
    subscriber.disconnect();
  });
  const bareRedis = closing.adopt(new Redis(servers.redisUrl), (client) => client.disconnect());
  const databaseUrl = await servers.createDatabase();
  const database = closing.adopt(openDatabase({ url: databaseUrl, log }), (opened) => opened.close());
  await redis.connect();
  const ids = await createAccounts(database.prisma, accounts * 2);
  const quotas = createQuotas({ redis, database, clock: () => new Date(), log });
  const sides = {
    bare: { ids: ids.slice(0, accounts), call: await prepareBare(bareRedis, redis.run(), ids.slice(0, accounts)) },
    reserve: {
      ids: ids.slice(accounts),
      call: (accountId: string, generationId: string) =>
        quotas.reserve({ accountId, generationId, images: 1, limits: generousPlan }),
    },
  };
  const measured: Record<keyof typeof sides, Round[]> = { bare: [], reserve: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const side of ['bare', 'reserve'] as const) {
      const result = await playRound(sides[side].call, sides[side].ids);
      // The first round warms up, and builds the counters.
      if (round) measured[side].push(result);
    }
  }
  return report(measured);
}

/** Counters as a rebuild leaves them, and the call that a program with ioredis alone would make. */
async function prepareBare(redis: Redis, run: string, ids: readonly string[]): Promise<Call> {
  const sha = String(await redis.script('LOAD', reserveScript));
  await Promise.all(ids.map((id) => redis.hset(quotaKeys(id)[0], { run, epoch: 1 })));
  const { perDay, perMonth, perMinute, cooldownSeconds, concurrent } = generousPlan;
  return async (accountId, generationId) => {
    const now = new Date();
    const day = now.toISOString().slice(0, 10);
    const limits = [perDay, perMonth, perMinute, cooldownSeconds * 1000, concurrent];
    const given = [now.getTime(), run, generationId, 1, day, ...limits, 0, '', -1];
    const [verdict] = (await redis.evalsha(sha, 3, ...quotaKeys(accountId), ...given)) as [string];
    if (verdict !== 'ok') throw new Error(`The script answered ${verdict}`);
  };
}

async function playRound(call: Call, ids: readonly string[]): Promise<Round> {
  const generations = Array.from({ length: callsARound }, () => randomUUID());
  const [begun, spent] = [performance.now(), readOwnCpu()];
  let next = 0;
  const caller = async () => {
    while (next < callsARound) {
      const mine = next++;
      await call(ids[mine % ids.length] as string, generations[mine] as string);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  const seconds = (performance.now() - begun) / 1000;
  return { perSecond: callsARound / seconds, cpuUs: ((readOwnCpu() - spent) * 1000) / callsARound };
}

function report(measured: Record<'bare' | 'reserve', Round[]>): boolean {
  console.log(`Reserving quota: concurrency ${concurrency}, ${rounds} rounds of ${callsARound} calls in turns`);
  const middle = (side: 'bare' | 'reserve', name: keyof Round) => median(measured[side].map((round) => round[name]));
  printTable(
    ['median', 'calls/s', 'CPU µs'],
    (['bare', 'reserve'] as const).map((side) => [side, middle(side, 'perSecond'), middle(side, 'cpuUs')]),
  );
  // Each pair ran within a second, so that what else the machine did falls out.
  const pairs = measured.reserve.map(
    (round, index) => round.perSecond / (measured.bare[index]?.perSecond ?? Number.NaN),
  );
  return judge('rate, share of the bare script', median(pairs), { atLeast: 0.95 });
}

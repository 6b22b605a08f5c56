import path from 'node:path';
import { startChild } from '../support/child.ts';
import { median, printTable } from '../support/report.ts';
import type { BenchServers } from '../support/servers.ts';
import type { AcceptTasks } from './app.ts';
import type { Load, LoadTasks } from './load.ts';

type Child<T extends AcceptTasks> = ReturnType<typeof startChild<T>>;
/** CPU is that of one request, µs. */
type Round = Load & { cpuUs: number; postgresUs: number; redisUs: number };
/** The rounds of each side, in the order of the table. */
export type Measured<Side extends string> = Record<Side, Round[]>;
type Side = { server: Pick<Child<AcceptTasks>, 'ask'>; port: number };

/** Starts one of the servers of this folder with a database of its own and so many accounts; `closing` stops it. */
export async function openSide<T extends AcceptTasks>({
  file,
  servers,
  accounts,
  closing,
}: {
  file: string;
  servers: BenchServers;
  accounts: number;
  closing: AsyncDisposableStack;
}) {
  const server = closing.use(startChild<T>(path.join(import.meta.dirname, file)));
  const { redisUrl } = servers;
  const input = { databaseUrl: await servers.createDatabase(), redisUrl, accounts };
  return { server, databaseUrl: input.databaseUrl, port: await (server as Side['server']).ask('start', input) };
}

/** One round of load on one side. Throws when a request was not accepted. */
export async function playRound({
  side: { server, port },
  load,
  servers,
  asking,
}: {
  side: Side;
  load: ReturnType<typeof startChild<LoadTasks>>;
  servers: BenchServers;
  asking: Omit<Parameters<LoadTasks['run']>[0], 'port'>;
}): Promise<Round> {
  const [before, around] = [await server.ask('read', null), await servers.readCpu()];
  const result = await load.ask('run', { port, ...asking });
  if (result.failed) throw new Error(`${result.failed} requests were not accepted`);
  // What was put off until after the answer counts too: the reading waits for it.
  const [after, spent] = [await server.ask('read', null), await servers.readCpu()];
  const each = (ms: number) => (ms * 1000) / (after.accepted - before.accepted);
  return {
    ...result,
    cpuUs: each(after.cpuMs - before.cpuMs),
    postgresUs: spent && around ? each(spent.postgres - around.postgres) : Number.NaN,
    redisUs: spent && around ? each(spent.redis - around.redis) : Number.NaN,
  };
}

const names = {
  perSecond: 'requests/s',
  cpuUs: 'CPU µs',
  postgresUs: 'Postgres µs',
  redisUs: 'Redis µs',
  p50: 'p50 ms',
  p99: 'p99 ms',
};

/** Prints the median of each side, and the rate of every round. */
export function printRounds<Name extends string>(measured: Measured<Name>): void {
  const columns = Object.keys(names) as (keyof typeof names)[];
  const sides = Object.entries<Round[]>(measured);
  const middle = (of: Round[], name: keyof Round) => median(of.map((round) => round[name]));
  printTable(
    ['median', ...Object.values(names)],
    sides.map(([side, of]) => [side, ...columns.map((name) => middle(of, name))]),
  );
  const rates = sides.map(([side, of]) => `${side} ${of.map((round) => Math.round(round.perSecond)).join(' ')}`);
  console.log(`requests/s of each round: ${rates.join(' · ')}`);
}

/** Easel's rounds against the naive one before each: what else the machine did meanwhile falls out. */
export function comparePairs(
  { easel, naive }: Measured<'easel' | 'naive'>,
  name: 'perSecond' | 'cpuUs' | 'p99',
): number {
  return median(easel.map((round, index) => round[name] / (naive[index]?.[name] ?? Number.NaN)));
}

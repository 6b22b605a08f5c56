import path from 'node:path';
import type { AcceptTasks } from './accept/app.ts';
import { printLayers } from './accept/layers.ts';
import type { Load, LoadTasks } from './accept/load.ts';
import { startChild } from './support/child.ts';
import { judge, median, printTable } from './support/report.ts';
import { type BenchServers, openServers } from './support/servers.ts';

const accounts = 1000;
const connections = 128;
const warmUpSeconds = 4;
const seconds = 5;
const rounds = 7;

type Round = Load & { cpuUs: number; postgresUs: number; redisUs: number };

/**
 * Requests accepted per second, and CPU of the serving process a request, of Easel and of the
 * naive arrangement: same HTTP, same servers, in turns. Answers whether both targets were met and
 * everything accepted was written.
 */
export async function runAccept({ layers = false } = {}): Promise<boolean> {
  const servers = await openServers();
  const load = startChild<LoadTasks>(path.join(import.meta.dirname, 'accept/load.ts'));
  const sides = {
    easel: await openSide('easel-server.ts', servers),
    naive: await openSide('naive-server.ts', servers),
  };
  const measured: Record<keyof typeof sides, Round[]> = { easel: [], naive: [] };
  const play = (side: keyof typeof sides, span: number) =>
    playRound({ server: sides[side].server, port: sides[side].port, load, servers, span });
  try {
    for (const side of ['easel', 'naive'] as const) await play(side, warmUpSeconds);
    for (let round = 0; round < rounds; round++) {
      for (const side of ['naive', 'easel'] as const) measured[side].push(await play(side, seconds));
    }
    const fast = report(measured);
    const [easel, naive] = [await sides.easel.server.ask('verify', null), await sides.naive.server.ask('verify', null)];
    const kept = [easel, naive].every(({ accepted, held }) => Object.values(held).every((count) => count === accepted));
    console.log(`${kept ? 'PASS' : 'FAIL'}  everything accepted was written: ${JSON.stringify({ easel, naive })}`);
    if (layers) {
      await printHttp(sides.easel, load);
      await printLayers(servers);
    }
    return fast && kept;
  } finally {
    await Promise.all([sides.easel.server.stop(), sides.naive.server.stop(), load.stop()]);
    await servers.stop();
  }
}

async function openSide(file: string, servers: BenchServers) {
  const server = startChild<AcceptTasks>(path.join(import.meta.dirname, 'accept', file));
  const { redisUrl } = servers;
  return {
    server,
    port: await server.ask('start', { databaseUrl: await servers.createDatabase(), redisUrl, accounts }),
  };
}

async function playRound(given: {
  server: ReturnType<typeof startChild<AcceptTasks>>;
  port: number;
  load: ReturnType<typeof startChild<LoadTasks>>;
  servers: BenchServers;
  span: number;
}): Promise<Round> {
  const { server, port, load, servers, span } = given;
  const [before, around] = [await server.ask('read', null), await servers.readCpu()];
  const result = await load.ask('run', { port, path: '/generations', accounts, connections, seconds: span });
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

/** What the HTTP around every arrangement costs by itself. */
async function printHttp(
  { server, port }: { server: ReturnType<typeof startChild<AcceptTasks>>; port: number },
  load: ReturnType<typeof startChild<LoadTasks>>,
): Promise<void> {
  const before = await server.ask('read', null);
  const { accepted } = await load.ask('run', { port, path: '/nothing', accounts, connections, seconds });
  const after = await server.ask('read', null);
  const each = ((after.cpuMs - before.cpuMs) * 1000) / accepted;
  console.log(`\nHTTP alone (Express, JSON in and out, zod): ${each.toFixed(1)} µs of CPU a request`);
}

function report(measured: Record<'easel' | 'naive', Round[]>): boolean {
  const middle = (side: 'easel' | 'naive', name: keyof Round) => median(measured[side].map((round) => round[name]));
  const names = {
    perSecond: 'requests/s',
    cpuUs: 'CPU µs',
    postgresUs: 'Postgres µs',
    redisUs: 'Redis µs',
    p50: 'p50 ms',
    p99: 'p99 ms',
  };
  const columns = Object.keys(names) as (keyof typeof names)[];
  console.log(
    `Accepting a request: ${accounts} accounts, ${connections} connections, ${rounds} rounds of ${seconds} s in turns`,
  );
  printTable(
    ['median', ...Object.values(names)],
    (['naive', 'easel'] as const).map((side) => [side, ...columns.map((name) => middle(side, name))]),
  );
  console.log(
    `requests/s of each round: ${(['naive', 'easel'] as const).map((side) => `${side} ${measured[side].map((round) => Math.round(round.perSecond)).join(' ')}`).join(' · ')}`,
  );
  return [
    judge('rate, times the naive one', comparePairs(measured, 'perSecond'), { atLeast: 4 }),
    judge('CPU a request, share of the naive one', comparePairs(measured, 'cpuUs'), { atMost: 0.25 }),
  ].every(Boolean);
}

/** Easel's rounds against the naive one before each: what else the machine did meanwhile falls out. */
function comparePairs(measured: Record<'easel' | 'naive', Round[]>, name: 'perSecond' | 'cpuUs'): number {
  return median(measured.easel.map((round, index) => round[name] / (measured.naive[index]?.[name] ?? Number.NaN)));
}

import path from 'node:path';
import pg from 'pg';
import type { AcceptTasks, RestTasks } from './accept/app.ts';
import type { LoadTasks } from './accept/load.ts';
import { comparePairs, type Measured, openSide, playRound, printRounds } from './accept/rounds.ts';
import { startChild } from './support/child.ts';
import { judge, median } from './support/report.ts';
import { openServers } from './support/servers.ts';

const accounts = 1000;
const connections = 128;
/** Requests of each side before it is measured: each account was seen, and the code compiled. */
const warmUp = 5 * accounts;
const seconds = 4;
const rounds = 9;
const order = ['bare', 'naive', 'easel'] as const;
type Name = (typeof order)[number];

/**
 * POST /v1/generations with an API key through the web role as it runs, beside the naive arrangement with an API key
 * and beside bare node:http with zod. Answers whether the targets were met and everything accepted was written.
 */
export async function runHttp(): Promise<boolean> {
  await using closing = new AsyncDisposableStack();
  const servers = closing.use(await openServers());
  const load = closing.use(startChild<LoadTasks>(path.join(import.meta.dirname, 'accept/load.ts')));
  const open = <T extends AcceptTasks>(file: string) => openSide<T>({ file, servers, accounts, closing });
  const bare = await open('bare-server.ts');
  const naive = await open<RestTasks>('rest-naive-server.ts');
  const easel = await open<RestTasks>('rest-easel-server.ts');
  const naiveKeys = await naive.server.ask('keys', null);
  const sides = {
    bare: { ...bare, keys: naiveKeys },
    naive: { ...naive, keys: naiveKeys },
    easel: { ...easel, keys: await easel.server.ask('keys', null) },
  };
  const measured: Measured<Name> = { bare: [], naive: [], easel: [] };
  const play = (name: Name, span: number) => {
    const asking = { path: '/v1/generations', accounts, connections, seconds: span, keys: sides[name].keys };
    return playRound({ side: sides[name], load, servers, asking });
  };
  for (const name of order) {
    for (let warm = 0; warm < warmUp; ) warm += (await play(name, seconds)).accepted;
  }
  // Autovacuum would do so within a minute, on one side before the other.
  for (const name of order) await analyze(sides[name].databaseUrl);
  for (let round = 0; round < rounds; round++) {
    for (const name of order) measured[name].push(await play(name, seconds));
  }
  const fast = report(measured);
  const [kept, naiveKept] = [await easel.server.ask('verify', null), await naive.server.ask('verify', null)];
  const answered = measured.easel.reduce((sum, round) => sum + round.accepted, 0);
  const whole = [kept, naiveKept].every(({ accepted, held }) =>
    Object.values(held).every((count) => count === accepted),
  );
  const passed = whole && kept.accepted >= answered;
  console.log(
    `${passed ? 'PASS' : 'FAIL'}  everything accepted was written: ${JSON.stringify({ easel: kept, naive: naiveKept })}`,
  );
  return fast && passed;
}

async function analyze(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('ANALYZE').finally(() => client.end());
}

function report(measured: Measured<Name>): boolean {
  console.log(
    `POST /v1/generations: ${accounts} keys, ${connections} connections, ${rounds} rounds of ${seconds} s in turns`,
  );
  printRounds(measured);
  const ofBare = median(measured.easel.map((round, index) => round.perSecond / (measured.bare[index]?.perSecond ?? 0)));
  console.log(`rate, share of bare node:http with zod: ${ofBare.toFixed(3)}`);
  const cpu = comparePairs(measured, 'cpuUs');
  console.log(`CPU of the process a request, share of the naive one: ${cpu.toFixed(3)}`);
  return [
    judge('rate, times the naive one', comparePairs(measured, 'perSecond'), { atLeast: 4.5 }),
    judge('p99, share of the naive one', comparePairs(measured, 'p99'), { atMost: 0.4 }),
  ].every(Boolean);
}

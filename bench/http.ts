import path from 'node:path';
import type { AcceptTasks, RestTasks } from './accept/app.ts';
import type { LoadTasks } from './accept/load.ts';
import { comparePairs, type Measured, openSide, playRound, printRounds } from './accept/rounds.ts';
import { startChild } from './support/child.ts';
import { judge, median } from './support/report.ts';
import { openServers } from './support/servers.ts';

const accounts = 1000;
const connections = 64;
const warmUpSeconds = 4;
const seconds = 4;
const rounds = 5;

/**
 * POST /v1/generations with an API key through the web role as it runs, beside the naive arrangement with an API key
 * and beside bare node:http with zod. Answers whether the targets were met and everything accepted was written.
 */
export async function runHttp(): Promise<boolean> {
  const servers = await openServers();
  const load = startChild<LoadTasks>(path.join(import.meta.dirname, 'accept/load.ts'));
  const [bare, naive, easel] = [
    await openSide<AcceptTasks>({ file: 'bare-server.ts', servers, accounts }),
    await openSide<RestTasks>({ file: 'rest-naive-server.ts', servers, accounts }),
    await openSide<RestTasks>({ file: 'rest-easel-server.ts', servers, accounts }),
  ];
  const [naiveKeys, easelKeys] = [await naive.server.ask('keys', null), await easel.server.ask('keys', null)];
  const sides = {
    bare: { ...bare, keys: naiveKeys },
    naive: { ...naive, keys: naiveKeys },
    easel: { ...easel, keys: easelKeys },
  };
  const order = ['bare', 'naive', 'easel'] as const;
  const measured: Measured<(typeof order)[number]> = { bare: [], naive: [], easel: [] };
  const play = (side: (typeof order)[number], span: number) => {
    const asking = { path: '/v1/generations', accounts, connections, seconds: span, keys: sides[side].keys };
    return playRound({ side: sides[side], load, servers, asking });
  };
  try {
    for (const side of order) await play(side, warmUpSeconds);
    for (let round = 0; round < rounds; round++) {
      for (const side of order) measured[side].push(await play(side, seconds));
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
  } finally {
    await Promise.all([bare, naive, easel].map(({ server }) => server.stop()));
    await load.stop();
    await servers.stop();
  }
}

function report(measured: Measured<'bare' | 'naive' | 'easel'>): boolean {
  console.log(
    `POST /v1/generations: ${accounts} keys, ${connections} connections, ${rounds} rounds of ${seconds} s in turns`,
  );
  printRounds(measured);
  const ofBare = median(measured.easel.map((round, index) => round.perSecond / (measured.bare[index]?.perSecond ?? 0)));
  console.log(`rate, share of bare node:http with zod: ${ofBare.toFixed(3)}`);
  return [
    judge('rate, times the naive one', comparePairs(measured, 'perSecond'), { atLeast: 4.5 }),
    judge('p99, share of the naive one', comparePairs(measured, 'p99'), { atMost: 0.4 }),
  ].every(Boolean);
}

import path from 'node:path';
import type { AcceptTasks } from './accept/app.ts';
import { printLayers } from './accept/layers.ts';
import type { LoadTasks } from './accept/load.ts';
import { comparePairs, type Measured, openSide, playRound, printRounds } from './accept/rounds.ts';
import { startChild } from './support/child.ts';
import { judge } from './support/report.ts';
import { openServers } from './support/servers.ts';

const accounts = 1000;
const connections = 128;
const warmUpSeconds = 4;
const seconds = 5;
const rounds = 7;

/**
 * Requests accepted per second, and CPU of the serving process a request, of Easel and of the
 * naive arrangement: same HTTP, same servers, in turns. Answers whether both targets were met and
 * everything accepted was written.
 */
export async function runAccept({ layers = false } = {}): Promise<boolean> {
  await using closing = new AsyncDisposableStack();
  const servers = closing.use(await openServers());
  const load = closing.use(startChild<LoadTasks>(path.join(import.meta.dirname, 'accept/load.ts')));
  const sides = {
    easel: await openSide<AcceptTasks>({ file: 'easel-server.ts', servers, accounts, closing }),
    naive: await openSide<AcceptTasks>({ file: 'naive-server.ts', servers, accounts, closing }),
  };
  const measured: Measured<keyof typeof sides> = { naive: [], easel: [] };
  const play = (side: keyof typeof sides, span: number) =>
    playRound({
      side: sides[side],
      load,
      servers,
      asking: { path: '/generations', accounts, connections, seconds: span },
    });
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

function report(measured: Measured<'naive' | 'easel'>): boolean {
  console.log(
    `Accepting a request: ${accounts} accounts, ${connections} connections, ${rounds} rounds of ${seconds} s in turns`,
  );
  printRounds(measured);
  return [
    judge('rate, times the naive one', comparePairs(measured, 'perSecond'), { atLeast: 4 }),
    judge('CPU a request, share of the naive one', comparePairs(measured, 'cpuUs'), { atMost: 0.25 }),
  ].every(Boolean);
}

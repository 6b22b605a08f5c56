import path from 'node:path';
import pg from 'pg';
import { createDiskStore } from '../core/images/disk-store.ts';
import { coreDirectory } from './accept/bench-core.ts';
import { type Compared, checkSameRows, compare, openAsk, type Side } from './lists/compare.ts';
import { readPlaces } from './lists/places.ts';
import { routes } from './lists/routes.ts';
import { type Size, seed } from './lists/seed.ts';
import type { ListTasks } from './lists/server.ts';
import { startChild } from './support/child.ts';
import { judge, printTable } from './support/report.ts';
import { type BenchServers, openServers } from './support/servers.ts';

const sizes: Record<'few' | 'many', Size> = {
  few: { rows: 1_000, accounts: 10, asked: 500 },
  many: { rows: 1_000_000, accounts: 10_000, asked: 10_000 },
};

const atMost = 1.2;

/**
 * What lists and pictures take over REST at a million rows beside a thousand: two databases of one PostgreSQL, each
 * behind a web role of its own, both in one process, so that they are compiled and cleaned up after alike. Answers
 * whether the p99 of every route grew by at most a fifth.
 */
export async function runLists(): Promise<boolean> {
  await using closing = new AsyncDisposableStack();
  const servers = closing.use(await openServers());
  const server = closing.use(startChild<ListTasks>(path.join(import.meta.dirname, 'lists/server.ts')));
  const sides = {
    few: await openSide(sizes.few, { servers, server, closing }),
    many: await openSide(sizes.many, { servers, server, closing }),
  };
  for (const addressOf of Object.values(routes)) await checkSameRows(sides, addressOf);
  const compared: [string, Compared][] = [];
  for (const [name, addressOf] of Object.entries(routes)) {
    const times = await compare(sides, addressOf, atMost);
    console.log(`${name}: ${times.ratio.toFixed(3)} in ${times.rounds} rounds`);
    compared.push([name, times]);
  }
  return report(compared);
}

async function openSide(
  size: Size,
  {
    servers,
    server,
    closing,
  }: { servers: BenchServers; server: ReturnType<typeof startChild<ListTasks>>; closing: AsyncDisposableStack },
): Promise<Side> {
  const databaseUrl = await servers.createDatabase();
  const listening = await server.ask('start', { databaseUrl, redisUrl: servers.redisUrl });
  console.log(`${size.rows.toLocaleString('en')} rows`);
  await seed(databaseUrl, size);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const places = await readPlaces(client).finally(() => client.end());
  const store = createDiskStore({ directory: path.join(coreDirectory, 'images') });
  for (const { key } of places.pictures) await store.put(key, Buffer.alloc(100_000));
  return { places, ask: closing.use(openAsk(listening)).ask };
}

function report(compared: [string, Compared][]): boolean {
  console.log('\nms, medians of the rounds');
  printTable(
    ['route', 'few p50', 'many p50', 'few p99', 'many p99', 'p99 ratio'],
    compared.map(([name, { few, many, ratio }]) => [
      name,
      ...[few.p50, many.p50, few.p99, many.p99].map((ms) => ms.toFixed(2)),
      ratio.toFixed(3),
    ]),
  );
  const worst = Math.max(...compared.map(([, { ratio }]) => ratio));
  return judge('p99 at a million rows, times that at a thousand, of the worst route', worst, { atMost });
}

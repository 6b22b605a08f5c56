import path from 'node:path';
import pg from 'pg';
import { type Size, seed } from './lists/seed.ts';
import type { PanelTasks } from './panel/server.ts';
import { startChild } from './support/child.ts';
import { judge, median, printTable } from './support/report.ts';
import { type BenchServers, openServers } from './support/servers.ts';

const sizes: Record<'few' | 'many', Size> = {
  few: { rows: 1_000, accounts: 10, asked: 500 },
  many: { rows: 1_000_000, accounts: 10_000, asked: 10_000 },
};
const rounds = 15;
const mostMs = 1_000;

type Side = { ask(address: string): Promise<number>; accountId: string };

const list = (query = '') => `/admin/api/resources/Generation/actions/list?${query}`;
const filter = (name: string, value: string) => list(`filters.${name}=${encodeURIComponent(value)}`);

/** What an operator looks at, by name. */
const pages: Record<string, (side: Side) => string> = {
  'first page, 7 days': () => '/admin/overview/figures?days=7',
  'first page, 90 days': () => '/admin/overview/figures?days=90',
  'list, newest': () => list(),
  'list, in the middle': () => list(`page=${middle}`),
  'list, sorted by model': () => list('sortBy=model&direction=asc'),
  'list, of a state': () => filter('state', 'failed'),
  'list, of a state that none has': () => filter('state', 'submit_unknown'),
  'list, of a model nobody used': () => filter('model', 'sandbox-landscape'),
  'list, of a cause that none has': () => filter('errorCode', 'image_unreadable'),
  'list, of a surface nobody used': () => filter('source', 'telegram'),
  'list, of a member': ({ accountId }) => filter('account', accountId),
  'list, of a day': () => list('filters.createdAt~~from=2026-01-01&filters.createdAt~~to=2026-01-02'),
  'list, of a number': () => filter('ref', '000003e7'),
  'list, of a common word': () => filter('search', 'owl'),
  'list, of a rare word': () => filter('search', 'zeppelin'),
  'list, of a word nobody used': () => filter('search', 'xylophone'),
  'pictures, newest': () => '/admin/api/resources/Image/actions/list?',
  'webhooks sent, newest': () => '/admin/api/resources/WebhookDelivery/actions/list?',
};
/** A page far from both ends of a million rows, 25 on each; past the end of a thousand. */
const middle = 20_000;

/**
 * What an operator waits for the panel at a million requests beside a thousand. Answers whether every page took less
 * than a second each time.
 */
export async function runPanel(): Promise<boolean> {
  await using closing = new AsyncDisposableStack();
  const servers = closing.use(await openServers());
  const sides = {
    few: await openSide(sizes.few, { servers, closing }),
    many: await openSide(sizes.many, { servers, closing }),
  };
  const rows: (string | number)[][] = [];
  let worst = 0;
  for (const [name, addressOf] of Object.entries(pages)) {
    const taken = { few: [] as number[], many: [] as number[] };
    for (let round = 0; round < rounds; round++)
      for (const side of ['few', 'many'] as const) taken[side].push(await sides[side].ask(addressOf(sides[side])));
    const [few, many] = [median(taken.few), median(taken.many)];
    const slowest = Math.max(...taken.many);
    worst = Math.max(worst, slowest);
    rows.push([name, few, many, slowest, many / few]);
    console.log(`${name}: ${few.toFixed(1)} and ${many.toFixed(1)} ms, ${slowest.toFixed(1)} at most`);
  }
  printTable(['page', 'few ms', 'many ms', 'slowest ms', 'ratio'], rows);
  return judge('slowest answer of the panel at a million requests, ms', worst, { atMost: mostMs });
}

async function openSide(
  size: Size,
  { servers, closing }: { servers: BenchServers; closing: AsyncDisposableStack },
): Promise<Side> {
  const databaseUrl = await servers.createDatabase();
  const server = closing.use(startChild<PanelTasks>(path.join(import.meta.dirname, 'panel/server.ts')));
  const { port, accountId } = await server.ask('start', { databaseUrl, redisUrl: servers.redisUrl });
  console.log(`${size.rows.toLocaleString('en')} rows`);
  await seed(databaseUrl, size);
  console.log(`  roll-up of the last days: ${Math.round(await server.ask('rollUp', null))} ms`);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('VACUUM ANALYZE usage_days, usage_member_days, usage_failure_days').finally(() => client.end());

  async function ask(address: string): Promise<number> {
    const began = performance.now();
    const response = await fetch(`http://127.0.0.1:${port}${address}`);
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`${address} was answered ${response.status}`);
    return performance.now() - began;
  }
  // The panel loads with its first visitor.
  await ask(list());
  return { ask, accountId };
}

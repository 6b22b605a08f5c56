import { Agent, get } from 'node:http';
import path from 'node:path';
import { createDiskStore } from '../core/images/disk-store.ts';
import type { RestTasks } from './accept/app.ts';
import { coreDirectory } from './accept/bench-core.ts';
import { openSide } from './accept/rounds.ts';
import { fixedKey, type Seeded, seed } from './lists/seed.ts';
import { judge, median, printTable } from './support/report.ts';
import { openServers } from './support/servers.ts';

const accounts = 10;
const sizes = { few: 1_000, many: 1_000_000 };
const rounds = 7;
const warmUps = 200;
const calls = 200;

/** What is asked; those that are only told have no target, see the README. */
const routes: Record<string, { path(seeded: Seeded): string; told?: true }> = {
  generations: { path: () => '/v1/generations?limit=20' },
  'generations, deep': { path: ({ generationCursor }) => `/v1/generations?limit=20&cursor=${generationCursor}` },
  'generations, failed': { path: () => '/v1/generations?limit=20&status=failed', told: true },
  'generations, moderated (none)': { path: () => '/v1/generations?limit=20&status=moderated', told: true },
  'generations, queued (none)': { path: () => '/v1/generations?limit=20&status=queued', told: true },
  images: { path: () => '/v1/images?limit=20' },
  'images, deep': { path: ({ imageCursor }) => `/v1/images?limit=20&cursor=${imageCursor}` },
  'images, favourite': { path: () => '/v1/images?limit=20&favourite=true' },
  'images, style': { path: () => '/v1/images?limit=20&style=watercolor' },
  'images, word of all': { path: () => '/v1/images?limit=20&q=fox', told: true },
  "images, word of others' only": { path: () => '/v1/images?limit=20&q=harbour', told: true },
  content: { path: ({ imageId }) => `/v1/images/${imageId}/content` },
};

type Side = { port: number; key: string; seeded: Seeded };
type Times = { p50: number; p99: number };

/**
 * What lists and pictures take over REST at a million rows beside a thousand, one request after the other, in turns.
 * Answers whether p99 grew by at most a fifth where that is promised.
 */
export async function runLists(): Promise<boolean> {
  const servers = await openServers();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const openSized = async (rows: number) => {
    const side = await openSide<RestTasks>({ file: 'rest-easel-server.ts', servers, accounts });
    const begun = performance.now();
    const seeded = await seed(side.databaseUrl, rows);
    console.log(`${rows.toLocaleString('en')} rows seeded in ${Math.round((performance.now() - begun) / 1000)} s`);
    return { ...side, seeded, key: (await side.server.ask('keys', null))[0] as string };
  };
  await createDiskStore({ directory: path.join(coreDirectory, 'images') }).put(fixedKey, Buffer.alloc(1000));
  const [few, many] = [await openSized(sizes.few), await openSized(sizes.many)];
  try {
    const passed: boolean[] = [];
    for (const [name, route] of Object.entries(routes)) passed.push(await compare({ name, route, few, many, agent }));
    return passed.every(Boolean);
  } finally {
    agent.destroy();
    await Promise.all([few.server.stop(), many.server.stop()]);
    await servers.stop();
  }
}

async function compare(given: {
  name: string;
  route: (typeof routes)[string];
  few: Side;
  many: Side;
  agent: Agent;
}): Promise<boolean> {
  const { name, route, agent } = given;
  const ask = (side: Side) => measure(agent, side, route.path(side.seeded));
  // What takes long is not asked as often: its own time says enough.
  const slow = (await ask(given.many)(1)).p50 > 50;
  const [times, spare] = slow ? [5, 5] : [calls, warmUps];
  await ask(given.few)(spare);
  await ask(given.many)(spare);
  const measured: { few: Times; many: Times }[] = [];
  for (let round = 0; round < (slow ? 3 : rounds); round++)
    measured.push({ few: await ask(given.few)(times), many: await ask(given.many)(times) });
  const middle = (side: 'few' | 'many', time: keyof Times) => median(measured.map((round) => round[side][time]));
  printTable(
    [name, 'p50 ms', 'p99 ms', 'p99 of each round'],
    (['few', 'many'] as const).map((side) => [
      `${sizes[side].toLocaleString('en')} rows`,
      middle(side, 'p50').toFixed(2),
      middle(side, 'p99').toFixed(2),
      measured.map((round) => round[side].p99.toFixed(1)).join(' '),
    ]),
  );
  const ratio = middle('many', 'p99') / middle('few', 'p99');
  if (!route.told) return judge('p99 at a million, times that at a thousand', ratio, { atMost: 1.2 });
  console.log(`      p99 at a million, times that at a thousand: ${ratio.toFixed(3)}`);
  return true;
}

/** Asks so many times, one after the other, and answers what that took, ms. */
function measure(agent: Agent, { port, key }: Side, address: string) {
  const once = () =>
    new Promise<number>((resolve, reject) => {
      const begun = performance.now();
      const request = get({ port, path: address, agent, headers: { authorization: `Bearer ${key}` } }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${address} was answered ${response.statusCode}`));
        response.resume().once('end', () => resolve(performance.now() - begun));
      });
      request.once('error', reject);
    });
  return async (times: number): Promise<Times> => {
    const taken: number[] = [];
    for (let call = 0; call < times; call++) taken.push(await once());
    taken.sort((a, b) => a - b);
    const at = (share: number) => taken[Math.min(times - 1, Math.floor(times * share))] as number;
    return { p50: at(0.5), p99: at(0.99) };
  };
}

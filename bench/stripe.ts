import path from 'node:path';
import {
  type Answered,
  type BareTasks,
  type LoadTasks,
  type ServiceTasks,
  secretKey,
  webhookSecret,
} from './stripe/settings.ts';
import type { SideTasks } from './stripe/side.ts';
import { startChild } from './support/child.ts';
import { judge, median, printTable } from './support/report.ts';
import { openServers } from './support/servers.ts';

const customers = 200;
/** About what Stripe takes for a question; the emulator alone takes one. */
const answerMs = 100;
const pressure = { perSecond: 200, burst: 20, seconds: 5 };
const rounds = 5;
const patienceMs = 120_000;
const order = ['bare', 'naive', 'easel'] as const;
type Name = (typeof order)[number];

/**
 * How soon events of Stripe are answered, in bursts, whether those before were answered or not: Easel's web role with a
 * worker beside it, a naive handler that asks Stripe before it answers, and one that does nothing. Answers whether the targets were met and
 * every event was kept and worked on.
 */
export async function runStripe(): Promise<boolean> {
  await using closing = new AsyncDisposableStack();
  const servers = closing.use(await openServers());
  const open = <T extends Record<string, (input: never) => unknown>>(file: string) =>
    closing.use(startChild<T>(path.join(import.meta.dirname, 'stripe', file)));
  const service = open<ServiceTasks>('service.ts');
  const stripe = await service.ask('start', { customers, answerMs });
  const common = { redisUrl: servers.redisUrl, secretKey, webhookSecret, ...stripe };
  const load = open<LoadTasks>('load.ts');
  const naive = open<SideTasks>('naive-server.ts');
  const easel = open<SideTasks>('easel-server.ts');
  const worker = open<SideTasks>('easel-server.ts');
  const [ofNaive, ofEasel] = [await servers.createDatabase(), await servers.createDatabase()];
  const urls = {
    bare: await open<BareTasks>('bare-server.ts').ask('start', null),
    naive: await naive.ask('start', { ...common, databaseUrl: ofNaive, roles: ['web'] }),
    easel: await easel.ask('start', { ...common, databaseUrl: ofEasel, roles: ['web'] }),
  };
  await worker.ask('start', { ...common, databaseUrl: ofEasel, roles: ['worker'] });

  const measured: Record<Name, Answered[]> = { bare: [], naive: [], easel: [] };
  const behind: number[] = [];
  const calls: number[] = [];
  const play = async (name: Name, seconds: number) => {
    const before = await service.ask('calls', null);
    const answered = await load.ask('send', { ...pressure, url: urls[name], customers: stripe.customers, seconds });
    if (name === 'easel') behind.push(await waitUntilDone(easel));
    if (name === 'easel') calls.push(((await service.ask('calls', null)) - before) / answered.sent);
    return answered;
  };
  const warmUps: Answered[] = [];
  for (const name of order) warmUps.push(await play(name, 2));
  for (let round = 0; round < rounds; round++)
    for (const name of order) measured[name].push(await play(name, pressure.seconds));

  report(measured, { behind, calls });
  const sent = [...measured.easel, warmUps[2] as Answered].reduce((sum, each) => sum + each.sent, 0);
  const kept = await easel.ask('count', null);
  const whole = kept.kept === sent && kept.done === sent && kept.active === customers;
  const text = `every one of ${sent} events was kept and worked on: ${JSON.stringify(kept)}`;
  console.log(`${whole ? 'PASS' : 'FAIL'}  ${text}`);
  return judgeAll(measured) && whole;
}

/** How long the worker needs after the last answer, ms. */
async function waitUntilDone(easel: { ask(name: 'count', input: null): Promise<{ kept: number; done: number }> }) {
  const began = performance.now();
  for (;;) {
    const { kept, done } = await easel.ask('count', null);
    if (kept === done) return performance.now() - began;
    if (performance.now() - began > patienceMs) throw new Error(`Of ${kept} events ${kept - done} still wait`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function report(measured: Record<Name, Answered[]>, { behind, calls }: { behind: number[]; calls: number[] }): void {
  console.log(
    `Events of Stripe: ${pressure.perSecond} a second in bursts of ${pressure.burst}, ${rounds} rounds of ${pressure.seconds} s in turns, ${customers} customers, Stripe answers in ${answerMs} ms`,
  );
  const middle = (name: Name, key: keyof Answered) => median(measured[name].map((each) => each[key]));
  printTable(
    ['median of rounds', 'p50 ms', 'p99 ms', 'longest ms', 'refused'],
    order.map((name) => [
      name,
      middle(name, 'p50'),
      middle(name, 'p99'),
      middle(name, 'most'),
      measured[name].reduce((sum, { refused }) => sum + refused, 0),
    ]),
  );
  console.log(
    `the worker is done ${Math.round(median(behind))} ms after the last answer, by ${median(calls).toFixed(2)} questions to Stripe an event`,
  );
}

function judgeAll({ naive, easel }: Record<Name, Answered[]>): boolean {
  const shares = easel.map(({ p99 }, round) => p99 / (naive[round]?.p99 ?? 0));
  return [
    judge('p99 of the answers, ms', median(easel.map(({ p99 }) => p99)), { atMost: 200 }),
    judge('p99, share of the naive one', median(shares), { atMost: 0.5 }),
    judge(
      'events refused',
      easel.reduce((sum, { refused }) => sum + refused, 0),
      { atMost: 0 },
    ),
  ].every(Boolean);
}

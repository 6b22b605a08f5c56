import { Agent, get } from 'node:http';
import { median } from '../support/report.ts';
import type { Places } from './places.ts';
import type { AddressOf } from './routes.ts';

const rounds = 7;
/** Of a route that seems to have become slower: few rounds of a busy machine say little. */
const roundsInDoubt = 21;
const calls = 600;
/** Until nothing more is compiled, which takes longer than any answer. */
const warmUps = 500;

/** One of the two that are compared: asks it, and what its questions name. */
export type Side = { ask: Ask; places: Places };
type Ask = (address: string) => Promise<{ ms: number; body: string }>;
type Sides = { few: Side; many: Side };
type Times = { p50: number; p99: number };
type Round = { few: Times; many: Times };

/** Medians over the rounds, ms; `ratio` is that of the p99 of `many` as a multiple of that of `few` in the same round. */
export type Compared = Round & { ratio: number; rounds: number };

/**
 * Asks both sides the same in turns, one question at a time, so that whatever else the machine does falls on both; in
 * more rounds, which all count, when the ratio is above `atMost`.
 */
export async function compare({ few, many }: Sides, addressOf: AddressOf, atMost: number): Promise<Compared> {
  await playRound({ few, many }, addressOf, warmUps);
  const played: Round[] = [];
  const ratio = () => median(played.map((round) => round.many.p99 / round.few.p99));
  const playUntil = async (count: number) => {
    while (played.length < count) played.push(await playRound({ few, many }, addressOf, calls));
  };
  await playUntil(rounds);
  if (ratio() > atMost) await playUntil(roundsInDoubt);
  const middle = (side: keyof Round, time: keyof Times) => median(played.map((round) => round[side][time]));
  const times = (side: keyof Round) => ({ p50: middle(side, 'p50'), p99: middle(side, 'p99') });
  return { few: times('few'), many: times('many'), ratio: ratio(), rounds: played.length };
}

/** Throws when the two do not answer as many rows, which would compare nothing. */
export async function checkSameRows({ few, many }: Sides, addressOf: AddressOf): Promise<void> {
  const rows = await Promise.all(
    [few, many].map(async ({ ask, places }) => countRows((await ask(addressOf(places, 0))).body)),
  );
  if (rows[0] !== rows[1]) throw new Error(`${addressOf(few.places, 0)} is answered with ${rows.join(' and ')} rows`);
}

async function playRound(sides: Sides, addressOf: AddressOf, times: number): Promise<Round> {
  const taken: Record<keyof Sides, number[]> = { few: [], many: [] };
  for (let call = 0; call < times; call++) {
    // Neither always follows the other.
    const order = call % 2 ? (['few', 'many'] as const) : (['many', 'few'] as const);
    for (const side of order) taken[side].push((await sides[side].ask(addressOf(sides[side].places, call))).ms);
  }
  return { few: readTimes(taken.few), many: readTimes(taken.many) };
}

function readTimes(taken: number[]): Times {
  const sorted = taken.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] as number;
  return { p50: at(0.5), p99: at(0.99) };
}

/** How many rows a list has; of a picture, how long it is. */
function countRows(body: string): number {
  return body.startsWith('{') ? (JSON.parse(body) as { data: unknown[] }).data.length : body.length;
}

/** One connection that asks with this key, until it is disposed of. Rejects for any answer but 200. */
export function openAsk({ port, key }: { port: number; key: string }): { ask: Ask } & Disposable {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask: Ask = (address) =>
    new Promise((resolve, reject) => {
      const begun = performance.now();
      const request = get({ port, path: address, agent, headers: { authorization: `Bearer ${key}` } }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${address} was answered ${response.statusCode}`));
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.once('end', () =>
          resolve({ ms: performance.now() - begun, body: Buffer.concat(chunks).toString('latin1') }),
        );
      });
      request.once('error', reject);
    });
  return { ask, [Symbol.dispose]: () => agent.destroy() };
}

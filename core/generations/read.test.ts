import type { Generation } from '@prisma/client';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';
import { addPast } from '../../test/support/history.ts';
import { createReader } from './read.ts';

const start = Date.UTC(2026, 0, 1);
const later = (ms: number) => new Date(start + ms);

let test: TestCore;
let accountId: string;
let now: Date;
/** Counts of a line that Postgres was asked for. */
let counts: number;
beforeAll(async () => {
  test = await startTestCore();
  accountId = (await makeMember(test.core)).account.id;
});
afterAll(() => test.close());
beforeEach(async () => {
  now = later(3_600_000);
  counts = 0;
  await test.core.database.prisma.generation.deleteMany();
});

/** Another process's reader, as one that has just started. */
function openReader() {
  const { database } = test.core;
  const run: typeof database.run = <Row extends pg.QueryResultRow>(
    statement: { name: string; text: string },
    values: unknown[],
  ) => {
    if (statement.name === 'generation_ahead') counts++;
    return database.run<Row>(statement, values);
  };
  const providers = { find: () => null, models: [], findModel: () => null };
  return createReader({ database: { ...database, run }, providers, clock: () => now, slots: 4 });
}

/** So many join the line, a millisecond after one another. */
async function join(count: number, from: Date): Promise<Generation[]> {
  const past = Array.from({ length: count }, (_, index) => ({
    state: 'queued' as const,
    createdAt: new Date(from.getTime() + index),
  }));
  const ids = await addPast(test.core, accountId, past);
  const rows = await test.core.database.prisma.generation.findMany({ where: { id: { in: ids } } });
  return rows.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}

const last = (generations: Generation[]) => generations.at(-1) as Generation;

it('counts a short line for everybody anew', async () => {
  const reader = openReader();
  const line = await join(100, later(0));
  for (const position of [1, 50, 100]) {
    expect(await reader.standing(line[position - 1] as Generation)).toMatchObject({ state: 'waiting', position });
  }
  expect((await reader.standing(last(await join(1, now)))).position).toBe(101);
  expect(counts).toBe(4);
});

it('tells those who join a long line what was counted a moment before, and counts again afterwards', async () => {
  const reader = openReader();
  await join(150, later(0));
  const first = last(await join(1, now));
  expect((await reader.standing(first)).position).toBe(151);
  const second = last(await join(1, now));
  expect((await reader.standing(second)).position).toBe(151);
  expect(counts).toBe(1);
  // Counting took less than a minute: whoever joins then is counted.
  now = new Date(now.getTime() + 60_000);
  expect((await reader.standing(last(await join(1, now)))).position).toBe(153);
  expect(counts).toBe(2);
});

it('counts those who joined a long line well before the others exactly', async () => {
  const reader = openReader();
  const line = await join(150, later(0));
  await reader.standing(last(await join(1, now)));
  for (const position of [1, 2, 120])
    expect((await reader.standing(line[position - 1] as Generation)).position).toBe(position);
  expect(counts).toBe(4);
});

it('tells who asks again in a long line what was counted for them a moment before, and counts again afterwards', async () => {
  const reader = openReader();
  const line = await join(150, later(0));
  await reader.standing(last(await join(1, now)));
  const [far, near] = [line[120], line[10]] as [Generation, Generation];
  const tell = async () => [(await reader.standing(far)).position, (await reader.standing(near)).position];
  expect(await tell()).toEqual([121, 11]);
  const [first] = line as [Generation];
  await test.core.database.prisma.generation.delete({ where: { id: first.id } });
  expect(await tell()).toEqual([121, 10]);
  expect(counts).toBe(4);
  now = new Date(now.getTime() + 60_000);
  expect(await tell()).toEqual([120, 10]);
  expect(counts).toBe(6);
});

it('counts a whole page of them in one walk along the line, whatever their order and priority', async () => {
  const reader = openReader();
  const line = await join(150, later(0));
  await reader.standing(last(await join(1, now)));
  const { prisma } = test.core.database;
  for (const place of [3, 90]) {
    const { id } = line[place] as Generation;
    line[place] = await prisma.generation.update({ where: { id }, data: { priority: 10 } });
  }
  const places = [120, 90, 5, 149, 3, 5, 0];
  const standings = await Promise.all(places.map((place) => reader.standing(line[place] as Generation)));
  expect(standings.map(({ position }) => position)).toEqual([121, 2, 7, 150, 1, 7, 3]);
  expect(counts).toBe(2);
});

it('counts once when many join a long line at the moment in which the last count grows old', async () => {
  const reader = openReader();
  await join(150, later(0));
  await reader.standing(last(await join(1, now)));
  now = new Date(now.getTime() + 60_000);
  const joined = await join(40, now);
  const standings = await Promise.all(joined.map((generation) => reader.standing(generation)));
  expect(counts).toBe(2);
  // One of them is counted; until that is done, the others are told what was known.
  expect(new Set(standings.map(({ position }) => position))).toEqual(new Set([151, 152]));
});

it('forgets a long line that has become short', async () => {
  const reader = openReader();
  await join(150, later(0));
  await reader.standing(last(await join(1, now)));
  await test.core.database.prisma.generation.deleteMany();
  now = new Date(now.getTime() + 60_000);
  const joined = await join(3, now);
  expect((await reader.standing(last(joined))).position).toBe(3);
  expect((await reader.standing(joined[1] as Generation)).position).toBe(2);
  expect(counts).toBe(3);
});

it('keeps the lines of different priorities apart', async () => {
  const reader = openReader();
  await join(150, later(0));
  expect((await reader.standing(last(await join(1, now)))).position).toBe(151);
  const [ahead] = (await join(1, now)) as [Generation];
  await test.core.database.prisma.generation.update({ where: { id: ahead.id }, data: { priority: 10 } });
  expect((await reader.standing({ ...ahead, priority: 10 })).position).toBe(1);
});

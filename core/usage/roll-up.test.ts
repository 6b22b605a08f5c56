import type { Generation, GenerationState } from '@prisma/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';

let now = new Date('2027-03-29T00:30:00Z');
let test: TestCore;
beforeAll(async () => {
  test = await startTestCore({ clock: () => now });
});
afterAll(() => test.close());

const states: GenerationState[] = ['succeeded', 'failed', 'cancelled', 'moderated', 'queued', 'running'];
let made = 0;

async function generate(accountId: string, createdAt: string, images = 0): Promise<void> {
  const number = made++;
  const id = crypto.randomUUID();
  const state = images ? 'succeeded' : (states[number % states.length] as GenerationState);
  await test.core.database.prisma.generation.create({
    data: {
      id,
      ref: String(number),
      accountId,
      source: 'test',
      requestId: id,
      prompt: 'a lighthouse',
      model: number % 3 ? 'flux-dev' : 'sketch',
      provider: number % 3 ? 'replicate' : 'sandbox',
      aspectRatio: '1:1',
      count: 4,
      seed: 1,
      locale: 'en',
      priority: 1,
      state,
      operation: {},
      finishedAt: ['queued', 'running'].includes(state) ? null : new Date(createdAt),
      costMicros: number % 4 ? number * 1_000 : null,
      createdAt: new Date(createdAt),
      images: {
        create: Array.from({ length: images }, (_, index) => ({
          id: crypto.randomUUID(),
          index,
          storageKey: `${id}-${index}`,
          thumbnailKey: `${id}-${index}`,
          contentType: 'image/webp',
          bytes: 1,
          width: 1,
          height: 1,
          sha256: '0'.repeat(64),
          placeholder: '',
          createdAt: new Date(createdAt),
          account: { connect: { id: accountId } },
        })),
      },
    },
  });
}

/** Counted one by one, from all generations there are. */
async function countOneByOne() {
  const rows = await test.core.database.prisma.generation.findMany({ include: { images: true } });
  const kept = new Map<string, (Generation & { images: object[] })[]>();
  for (const row of rows) {
    const key = [row.createdAt.toISOString().slice(0, 10), row.provider, row.model].join(' ');
    kept.set(key, [...(kept.get(key) ?? []), row]);
  }
  return [...kept]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, each]) => ({
      key,
      requested: each.length,
      succeeded: each.filter(({ state }) => state === 'succeeded').length,
      failed: each.filter(({ state }) => state === 'failed').length,
      images: each.reduce((sum, { images }) => sum + images.length, 0),
      cost: each.reduce((sum, { costMicros }) => sum + (costMicros ?? 0), 0),
    }));
}

async function readRolledUp() {
  const rows = await test.core.database.prisma.usageDay.findMany();
  return rows
    .map(({ day, provider, model, costMicros, ...counts }) => ({
      key: [day.toISOString().slice(0, 10), provider, model].join(' '),
      ...counts,
      cost: Number(costMicros),
    }))
    .sort((one, other) => (one.key < other.key ? -1 : 1));
}

it('equals a count over all generations, also at the edges of days, and made twice it is the same', async () => {
  const { account } = await makeMember(test.core);
  // The last second of a day and the first of the next, over the night in which clocks are put forward in Europe.
  for (const at of [
    '26T23:59:59.999',
    '27T00:00:00',
    '27T23:59:59.999',
    '28T00:30:00',
    '28T01:30:00',
    '28T23:59:59.999',
  ])
    for (const images of [0, 0, 3, 1]) await generate(account.id, `2027-03-${at}Z`, images);
  await test.core.rollUpUsage();
  const once = await readRolledUp();
  expect(once).toEqual(await countOneByOne());
  expect(once).toHaveLength(6);
  await Promise.all([test.core.rollUpUsage(), test.core.rollUpUsage()]);
  expect(await readRolledUp()).toEqual(once);

  await generate(account.id, '2027-03-28T12:00:00Z', 2);
  await test.core.rollUpUsage();
  expect(await readRolledUp()).toEqual(await countOneByOne());
});

it('leaves days that are long over, and counts them anew when asked', async () => {
  const { account } = await makeMember(test.core);
  now = new Date('2027-05-01T00:00:00Z');
  await generate(account.id, '2027-03-27T12:00:00Z', 2);
  const before = await readRolledUp();
  await test.core.rollUpUsage();
  expect(await readRolledUp()).toEqual(before);
  await test.core.rollUpUsage(null);
  expect(await readRolledUp()).toEqual(await countOneByOne());
});

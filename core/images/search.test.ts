import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';
import { addPast, type Past } from '../../test/support/history.ts';

let test: TestCore;
beforeAll(async () => {
  test = await startTestCore();
});
afterAll(() => test.close());

/** The first is the newest, a minute between them. */
const at = (index: number) => new Date(Date.UTC(2026, 0, 31) - index * 60_000);

async function memberWith(past: Omit<Past, 'createdAt'>[]) {
  const { account } = await makeMember(test.core);
  const ids = await addPast(
    test.core,
    account.id,
    past.map((each, index) => ({ ...each, createdAt: at(index) })),
  );
  const search = async (wanted: Partial<Parameters<TestCore['core']['images']['search']>[1]>) => {
    const { items, nextCursor } = await test.core.images.search(account.id, { limit: 100, ...wanted });
    return { found: items.map(({ id }) => ids.indexOf(id)), nextCursor };
  };
  return { account, ids, search };
}

const owls = (count: number) => Array.from({ length: count }, () => ({ prompt: 'An owl, at Night' }));

it('finds what was asked for by rare words long ago, by any beginnings in any case', async () => {
  const { search } = await memberWith([...owls(300), { prompt: 'a ZEPPELIN over the night harbour' }]);
  for (const q of ['zeppelin', 'Zepp', 'harb night zep', 'the, over!']) {
    expect(await search({ q }), q).toEqual({ found: [300], nextCursor: null });
  }
  for (const q of ['zeppelin owl', 'eppelin', '!?']) expect((await search({ q })).found, q).toEqual([]);
});

it('pages through a word in use to the last picture, each once', async () => {
  const { search } = await memberWith(owls(250).flatMap((owl) => [owl, { prompt: 'a fox' }]));
  const seen: number[] = [];
  let cursor: string | undefined;
  do {
    const { found, nextCursor } = await search({ q: 'owl', limit: 40, ...(cursor ? { cursor } : {}) });
    seen.push(...found);
    cursor = nextCursor ?? undefined;
  } while (cursor);
  expect(seen).toEqual(Array.from({ length: 250 }, (_, index) => index * 2));
});

it("never finds others' pictures, even of an account whose id begins alike", async () => {
  const mine = await memberWith([{ prompt: 'a fox' }]);
  const twin = `${mine.account.id.slice(0, 8)}${crypto.randomUUID().slice(8)}`;
  await test.core.database.prisma.account.create({ data: { id: twin, email: 'twin@example.com' } });
  await addPast(test.core, twin, [{ prompt: 'a fox in the harbour', createdAt: at(0) }]);
  expect((await mine.search({ q: 'harbour' })).found).toEqual([]);
  expect((await mine.search({ q: 'fox' })).found).toEqual([0]);
  expect((await test.core.images.search(twin, { q: 'fox', limit: 10 })).items).toHaveLength(1);
});

it('narrows by style, mark and time, with words and without, and shows nothing that was deleted', async () => {
  const { search } = await memberWith([
    { prompt: 'a fox', style: 'anime' },
    { prompt: 'a fox', style: 'anime', favourite: true },
    { prompt: 'a fox', style: 'anime', favourite: true, deleted: true },
    { prompt: 'an owl', style: 'anime', favourite: true },
    { prompt: 'a fox', favourite: true },
    { prompt: 'a fox', style: 'anime', favourite: true },
  ]);
  const found = async (wanted: Parameters<typeof search>[0]) => (await search(wanted)).found;
  expect(await found({})).toEqual([0, 1, 3, 4, 5]);
  expect(await found({ style: 'anime' })).toEqual([0, 1, 3, 5]);
  expect(await found({ favourite: true })).toEqual([1, 3, 4, 5]);
  expect(await found({ favourite: false })).toEqual([0]);
  expect(await found({ q: 'fox' })).toEqual([0, 1, 4, 5]);
  expect(await found({ from: at(3), to: at(0) })).toEqual([1, 3]);
  expect(await found({ q: 'fox', style: 'anime', favourite: true, from: at(5), to: at(0) })).toEqual([1, 5]);
});

it('keeps a picture whose prompt has a word too long for any index', async () => {
  const { search } = await memberWith([{ prompt: `a fox ${'é'.repeat(1000)} ${'x'.repeat(3000)}` }]);
  expect((await search({ q: 'fox' })).found).toEqual([0]);
  expect((await search({ q: 'é'.repeat(150) })).found).toEqual([0]);
});

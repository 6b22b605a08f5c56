import type { GenerationState } from '@prisma/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';
import { addPast } from '../../test/support/history.ts';
import { generationStatuses } from './present.ts';

let test: TestCore;
beforeAll(async () => {
  test = await startTestCore();
});
afterAll(() => test.close());

const states: GenerationState[] = [
  ...(['accepted', 'queued', 'submitting', 'submit_unknown', 'running', 'fetching', 'stored'] as const),
  ...(['succeeded', 'failed', 'cancelled', 'moderated'] as const),
];

it('pages through all and through each status, newest first, each once, also where times are equal', async () => {
  const { account } = await makeMember(test.core);
  const { account: other } = await makeMember(test.core);
  const past = states.flatMap((state) =>
    Array.from({ length: 5 }, (_, index) => ({ state, createdAt: new Date(Date.UTC(2026, 0, 1 + (index >> 1))) })),
  );
  await addPast(test.core, account.id, past);
  await addPast(test.core, other.id, past);
  const expected = await test.core.database.prisma.generation.findMany({
    where: { accountId: account.id },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
  const statusOf: Record<string, string> = { accepted: 'queued', succeeded: 'succeeded', failed: 'failed' };
  Object.assign(statusOf, { queued: 'queued', cancelled: 'cancelled', moderated: 'moderated' });
  for (const status of [undefined, ...generationStatuses]) {
    const wanted = expected.filter(({ state }) => !status || (statusOf[state] ?? 'running') === status);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { items, nextCursor } = await test.core.generations.page(account.id, { status, limit: 4, cursor });
      expect(items.every(({ images, state }) => images.length === (state === 'succeeded' ? 1 : 0))).toBe(true);
      seen.push(...items.map(({ id }) => id));
      cursor = nextCursor ?? undefined;
    } while (cursor);
    expect(seen, status).toEqual(wanted.map(({ id }) => id));
  }
});

it('reads a generation from the list as it is read alone', async () => {
  const { account } = await makeMember(test.core);
  const [id] = (await addPast(test.core, account.id, [{ style: 'anime', createdAt: new Date() }])) as [string];
  const { items } = await test.core.generations.page(account.id, { limit: 1 });
  expect(items).toEqual([await test.core.generations.get(account.id, id)]);
});

it('has no index that a mere move would have to write', async () => {
  const { rows } = await test.core.database.pool.query(
    `SELECT indexdef FROM pg_indexes WHERE tablename = 'generations' AND indexdef ~ '\\m(state|version|progress|operation)\\M'`,
  );
  expect(rows).toEqual([]);
});

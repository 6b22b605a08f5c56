import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { makeMember, makePlan, startTestCore, type TestCore } from '../../test/support/core.ts';
import type { Platform } from '../index.ts';

let test: TestCore;
let operator: string;
beforeAll(async () => {
  test = await startTestCore();
  test.core.startWorker();
  operator = (await makeMember(test.core)).account.id;
});
afterAll(() => test?.close());

async function draw(platform: Platform) {
  const { core } = test;
  const { account, userId } = await makeMember(core, { plan: await makePlan(core, {}) });
  const { id } = await core.generations.request({
    ...{ account, source: platform, requestId: crypto.randomUUID(), input: { prompt: 'a fox', count: 2 } },
    ...{ locale: 'en', replyTo: { platform } },
  });
  return vi.waitFor(
    async () => {
      const generation = await core.generations.get(account.id, id);
      expect(generation.state).toBe('succeeded');
      return { account, userId, generation, imageId: generation.images[0]?.id ?? '' };
    },
    { timeout: 20_000, interval: 50 },
  );
}
const hide = (imageId: string) =>
  test.core.moderation.decide({ imageId, decision: 'hide', reason: 'No.', by: operator });

it('is left out of a delivery that was not made yet', async () => {
  const { generation, imageId } = await draw('discord');
  await hide(imageId);
  const delivered = new Promise<string[]>((resolve) => {
    test.core.deliveries.consume('discord', async (delivery) => {
      resolve(delivery.generation.images.map(({ id }) => id));
      return { done: 'reply' };
    });
  });
  expect(await delivered).toEqual([generation.images[1]?.id]);
});

it('is in no list, no search and no picture to start from, for its owner either', async () => {
  const { core } = test;
  const { account, generation, imageId } = await draw('web');
  await hide(imageId);
  const left = [generation.images[1]?.id];
  const ids = (images: readonly { id: string }[]) => images.map(({ id }) => id);
  expect(ids((await core.images.search(account.id, { limit: 10 })).items)).toEqual(left);
  expect(ids((await core.images.search(account.id, { limit: 10, q: 'fox' })).items)).toEqual(left);
  expect(ids((await core.generations.page(account.id, { limit: 1 })).items[0]?.images ?? [])).toEqual(left);
  expect(ids((await core.generations.find(generation.id))?.images ?? [])).toEqual(left);
  await expect(core.images.inputs.find(account.id, imageId)).rejects.toMatchObject({ code: 'not_found' });
  await expect(core.images.change(account.id, imageId, { favourite: true })).rejects.toMatchObject({
    code: 'image_hidden',
  });
});

it('is seen by nobody, whatever its owner had shown, and may be deleted by them', async () => {
  const { core } = test;
  const { account, imageId } = await draw('web');
  await core.images.change(account.id, imageId, { visibility: 'public' });
  await hide(imageId);
  for (const viewer of ['anyone', 'link', { account: operator }] as const)
    expect(await core.images.find(imageId, viewer)).toBeNull();
  expect(await core.images.inspect(imageId)).toMatchObject({ hiddenReason: 'No.' });
  await core.images.remove(account.id, imageId);
  expect(await core.images.inspect(imageId)).toBeNull();
  await expect(hide(imageId)).rejects.toMatchObject({ code: 'not_found' });
});

it('is decided on once, however many operators decide the same at once', async () => {
  const { account, imageId } = await draw('web');
  await Promise.all(Array.from({ length: 10 }, () => hide(imageId)));
  expect(await test.core.database.prisma.notice.count({ where: { accountId: account.id } })).toBe(1);
});

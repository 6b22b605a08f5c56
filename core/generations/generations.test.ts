import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeMember, makePlan, startTestCore, type TestCore } from '../../test/support/core.ts';
import type { GenerationWithImages } from './read.ts';

describe('a generation', () => {
  let test: TestCore;
  beforeAll(async () => {
    test = await startTestCore();
    test.core.startWorker();
  });
  afterAll(() => test.close());

  const ask = async (prompt: string, requestId = crypto.randomUUID()) => {
    const { account } = await makeMember(test.core);
    const accepted = await test.core.generations.request({
      account,
      source: 'web',
      requestId,
      input: { prompt },
      locale: 'en',
      replyTo: null,
    });
    return { account, accepted };
  };

  it('goes from request to stored picture, with one debit', async () => {
    const { account, accepted } = await ask('a red fox in the snow');
    const ended = await vi.waitFor(
      async () => {
        const generation = await test.core.generations.get(account.id, accepted.ref);
        expect(generation.finishedAt).not.toBeNull();
        return generation;
      },
      { timeout: 10_000 },
    );
    expect(ended).toMatchObject({ state: 'succeeded', errorCode: null });
    expect(ended.images).toHaveLength(1);
    const picture = await test.core.images.open(ended.images[0]?.id ?? '', account.id);
    picture?.stream.destroy();
    expect(picture?.size).toBe(ended.images[0]?.bytes);
    const { daily } = await test.core.quotas.status(account.id, account.plan);
    expect(daily).toMatchObject({ used: 1, remaining: 19 });
  });
});

it('is told when accepted as it is read back', async () => {
  const test = await startTestCore();
  try {
    const { account } = await makeMember(test.core);
    const accepted = await test.core.generations.request({
      account,
      source: 'web',
      requestId: crypto.randomUUID(),
      input: { prompt: 'a red fox', style: 'watercolor', aspectRatio: '16:9', count: 2, seed: 7 },
      locale: 'es',
      replyTo: { platform: 'web', visitor: 'somebody' },
    });
    if (accepted.repeated) throw new Error('a first request is no repeat');
    const read = await vi.waitFor(async () => {
      const generation = await test.core.generations.get(account.id, accepted.id);
      expect(generation.state).toBe('queued');
      return generation;
    });
    expect(accepted.generation).toEqual({ ...read, state: 'accepted', version: 0 });
  } finally {
    await test.close();
  }
});

it('all who wait are told their own place, also when asked at once', async () => {
  const test = await startTestCore();
  try {
    const { account } = await makeMember(test.core, { plan: await makePlan(test.core, { concurrent: 10 }) });
    const line: GenerationWithImages[] = [];
    for (const requestId of ['a', 'b', 'c', 'd']) {
      const common = { account, source: 'web', requestId, locale: 'en', replyTo: null };
      const accepted = await test.core.generations.request({ ...common, input: { prompt: 'a red fox' } });
      if (!accepted.repeated) line.push(accepted.generation);
    }
    // Those of the same millisecond go by their ids.
    const orderOf = ({ createdAt, id }: GenerationWithImages) => `${createdAt.toISOString()} ${id}`;
    line.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
    const standings = await Promise.all(line.map(test.core.generations.standing));
    expect(standings.map(({ position }) => position)).toEqual([1, 2, 3, 4]);
  } finally {
    await test.close();
  }
});

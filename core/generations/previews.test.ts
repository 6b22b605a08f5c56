import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember, makePlan, startTestCore, type TestCore } from '../../test/support/core.ts';
import type { Core } from '../app.ts';
import type { GenerationWithImages } from './read.ts';

let service: TestCore;
let core: Core;
let web: Core;
beforeAll(async () => {
  service = await startTestCore({ sandboxDelayMs: 2_000 });
  core = service.core;
  core.startWorker();
  // Where people look is not where it is made.
  web = await service.another();
});
afterAll(() => service.close());

async function draw() {
  const { account } = await makeMember(core, { plan: await makePlan(core, {}) });
  const { id } = await core.generations.request({
    ...{ account, source: 'test', requestId: crypto.randomUUID(), locale: 'en', replyTo: null },
    input: { prompt: 'a lighthouse keeper' },
  });
  return { account, id, follow: () => web.generations.follow(account.id, id, AbortSignal.timeout(20_000)) };
}

test('another process shows what a worker is at, each step once; Redis only has where to find it', async () => {
  const { follow, id } = await draw();
  const seen: { step: string; generation: GenerationWithImages }[] = [];
  let ended: GenerationWithImages | undefined;
  for await (const generation of follow()) {
    ended = generation;
    const preview = await web.generations.preview(generation, seen.at(-1)?.step ?? null);
    if (!preview) continue;
    expect(preview).toMatchObject({ width: 1024, height: 1024 });
    seen.push({ step: preview.step, generation });
  }
  expect(seen.length).toBeGreaterThan(0);
  expect(new Set(seen.map(({ step }) => step)).size).toBe(seen.length);
  expect(ended).toMatchObject({ state: 'succeeded' });
  expect(await web.generations.preview(ended as GenerationWithImages, null)).toBeNull();

  expect(await service.redisClient.get(`preview:${id}`)).toMatch(/^\{"index":0,"reference":"0\/[1-3]"\}$/);
  expect(await service.redisClient.pttl(`preview:${id}`)).toBeLessThanOrEqual(60_000);
  expect(service.logged.join('')).not.toContain('lighthouse');

  // Nothing changes any more, so whoever still holds it as it was sees the last step, and not twice.
  const running = seen[0]?.generation as GenerationWithImages;
  const last = await web.generations.preview(running, null);
  expect(last?.step).toBeDefined();
  expect(await web.generations.preview(running, last?.step ?? null)).toBeNull();
  for (const spoilt of ['nonsense', '[]']) {
    await service.redisClient.set(`preview:${id}`, spoilt);
    expect(await web.generations.preview(running, null), spoilt).toBeNull();
  }
});

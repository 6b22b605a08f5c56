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

test('another process shows what a worker is at, each step once, and nothing of it is left in Redis but where to find it', async () => {
  const { follow, id } = await draw();
  const steps: string[] = [];
  let ended: GenerationWithImages | null = null;
  for await (const generation of follow()) {
    const preview = await web.generations.preview(generation, steps.at(-1) ?? null);
    if (preview) {
      expect(preview).toMatchObject({ width: 1024, height: 1024 });
      steps.push(preview.step);
      expect(await web.generations.preview(generation, preview.step)).toBeNull();
      expect(await service.redisClient.get(`preview:${id}`)).toMatch(/^\{"index":0,"reference":"0\/[1-3]"\}$/);
      expect(await service.redisClient.pttl(`preview:${id}`)).toBeLessThanOrEqual(60_000);
    }
    ended = generation;
  }
  expect(steps.length).toBeGreaterThan(0);
  expect(new Set(steps).size).toBe(steps.length);
  expect(ended?.state).toBe('succeeded');
  expect(await web.generations.preview(ended as GenerationWithImages, null)).toBeNull();
  expect(service.logged.join('')).not.toContain('lighthouse');
});

test('what cannot be shown stops nothing', async () => {
  const { follow, id } = await draw();
  let ended: GenerationWithImages | null = null;
  for await (const generation of follow()) {
    await service.redisClient.set(`preview:${id}`, 'nonsense');
    if (!generation.finishedAt) expect(await web.generations.preview(generation, null)).toBeNull();
    ended = generation;
  }
  expect(ended?.state).toBe('succeeded');
});

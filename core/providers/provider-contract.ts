import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ImageProvider,
  type ImageRequest,
  type InputPicture,
  type Operation,
  type OperationStatus,
  ProviderError,
} from './port.ts';

/** What a provider's test brings along. */
type ProviderUnderTest = {
  provider: ImageProvider;
  /** The same provider after a restart of the process: new, with the same settings. */
  restart(): ImageProvider;
  /** Lets everything that runs come to its end. */
  finish(): Promise<void>;
  /** How many creating requests have gone out, where that can be counted. */
  countCreations?(): number;
  close(): Promise<void>;
};

/** Checks that hold for every provider. Call it in the provider's test file. */
export function providerContract(name: string, make: () => Promise<ProviderUnderTest>): void {
  describe(`${name} keeps the provider contract`, () => {
    let subject: ProviderUnderTest;
    beforeAll(async () => {
      subject = await make();
    });
    afterAll(() => subject.close());

    test('offers models that people can choose', () => {
      const { models, name: provider } = subject.provider;
      expect(models.length).toBeGreaterThan(0);
      expect(new Set(models.map(({ id }) => id)).size).toBe(models.length);
      for (const model of models) {
        expect(model).toMatchObject({
          id: expect.stringMatching(/^[a-z0-9][a-z0-9.-]*$/),
          provider,
        });
        expect(model.aspectRatios).toContain('1:1');
        expect(model.maxCount).toBeGreaterThanOrEqual(1);
        expect(Number.isInteger(model.priceMicros) && model.priceMicros >= 0).toBe(true);
        expect(model.typicalSeconds).toBeGreaterThan(0);
      }
    });

    test('takes a picture, small or large, where its models say they do', async () => {
      const models = subject.provider.models.filter(({ imageInput }) => imageInput);
      const pictures = [await makePicture(64), await makePicture(1024)];
      for (const model of models) {
        for (const image of pictures) {
          const request = makeRequest(subject.provider, { model, image });
          const operation = await subject.provider.start(request, AbortSignal.timeout(10_000));
          expect(JSON.stringify(operation).length).toBeLessThan(300_000);
          await subject.finish();
          expect(await subject.restart().status(operation), model.id).toMatchObject({ state: 'succeeded' });
        }
      }
    });

    test('starts nothing with a picture where its models take none', async () => {
      const image = await makePicture(64);
      for (const model of subject.provider.models.filter(({ imageInput }) => !imageInput)) {
        const before = subject.countCreations?.() ?? 0;
        const request = makeRequest(subject.provider, { model, image });
        await expect(subject.provider.start(request, AbortSignal.timeout(10_000))).rejects.toMatchObject({
          code: 'provider_rejected',
          started: 'no',
        });
        expect(subject.countCreations?.() ?? 0).toBe(before);
      }
    });

    test('takes every format, count and negative prompt that its models say they take', async () => {
      for (const model of subject.provider.models) {
        for (const aspectRatio of model.aspectRatios) {
          const negativePrompt = model.negativePrompt ? 'blurry' : null;
          const request = makeRequest(subject.provider, {
            model,
            aspectRatio,
            negativePrompt,
            count: model.maxCount,
          });
          await expect(
            subject.provider.start(request, AbortSignal.timeout(10_000)),
            `${model.id} ${aspectRatio}`,
          ).resolves.toBeDefined();
        }
      }
    });

    test('gives an operation that survives being stored as JSON and a restart', async () => {
      const request = makeRequest(subject.provider, {});
      const operation = await subject.provider.start(request, AbortSignal.timeout(10_000));
      expect(JSON.parse(JSON.stringify(operation))).toEqual(operation);
      expect(operation.id.length).toBeGreaterThan(0);
      await subject.finish();
      expect(await subject.restart().status(JSON.parse(JSON.stringify(operation)))).toMatchObject({
        state: 'succeeded',
      });
    });

    test('ends with as many pictures as were asked for, of the format asked for', async () => {
      const model = [...subject.provider.models].sort((a, b) => b.maxCount - a.maxCount)[0];
      const request = makeRequest(subject.provider, {
        ...(model ? { model } : {}),
        aspectRatio: '16:9',
        count: model?.maxCount ?? 1,
      });
      const operation = await subject.provider.start(request, AbortSignal.timeout(10_000));
      expectRunning(await subject.provider.status(operation));
      await subject.finish();
      const ended = await subject.provider.status(operation);
      if (ended.state !== 'succeeded') throw new Error(`ended as ${ended.state}`);
      expect(ended.outputs.map(({ index }) => index)).toEqual(
        Array.from({ length: request.count }, (_, index) => index),
      );
      expect(ended.costMicros).toBe(request.model.priceMicros * request.count);
      for (const output of ended.outputs) {
        const { width, height } = await sharp(await subject.provider.download(output, operation)).metadata();
        expect(width / height).toBeCloseTo(16 / 9, 1);
      }
    });

    test('finds nothing for a request that was never started', async () => {
      expect(await subject.provider.find(makeRequest(subject.provider, {}), new Date(Date.now() - 60_000))).toBeNull();
    });

    test('starts nothing when it was stopped before', async () => {
      const before = subject.countCreations?.() ?? 0;
      const error = await subject.provider
        .start(makeRequest(subject.provider, {}), AbortSignal.abort())
        .catch((caught) => caught);
      expect(error).toBeInstanceOf(ProviderError);
      expect(error).toMatchObject({ started: 'no', retryable: true });
      expect(subject.countCreations?.() ?? 0).toBe(before);
    });

    test('cancels harmlessly what has ended', async () => {
      const operation = await subject.provider.start(makeRequest(subject.provider, {}), AbortSignal.timeout(10_000));
      await subject.finish();
      await subject.provider.cancel(operation);
      expect(await subject.provider.status(operation)).toMatchObject({
        state: 'succeeded',
      });
    });

    test('refuses an operation that is not its own', async () => {
      const foreign: Operation = { id: '../account' };
      await expect(subject.provider.status(foreign)).rejects.toMatchObject({
        code: 'provider_rejected',
      });
    });
  });
}

/** A request for the provider's first model, other in each call. */
export function makeRequest(provider: ImageProvider, rest: Partial<ImageRequest>): ImageRequest {
  const model = rest.model ?? provider.models[0];
  if (!model) throw new Error('the provider offers no model');
  const seed = Math.floor(Math.random() * 2 ** 31);
  return {
    generationId: `generation-${seed}`,
    model,
    prompt: 'a lighthouse keeper and her very small dog',
    negativePrompt: null,
    aspectRatio: '1:1',
    seed,
    count: 1,
    image: null,
    ...rest,
  };
}

/** A square of noise: as PNG about three bytes a pixel, so that a large one is a large file. */
export async function makePicture(side: number): Promise<InputPicture> {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  const picture = sharp({ create: { width: side, height: side, channels: 3, background: '#888', noise } });
  return { bytes: await picture.png().toBuffer(), contentType: 'image/png' };
}

function expectRunning(status: OperationStatus): void {
  if (status.state !== 'running') throw new Error(`not running but ${status.state}`);
  if (status.progress === null) return;
  expect(status.progress).toBeGreaterThanOrEqual(0);
  expect(status.progress).toBeLessThanOrEqual(1);
}

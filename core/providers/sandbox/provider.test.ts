import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { aspectRatios, type ImageRequest } from '../port.ts';
import { makeRequest, providerContract } from '../provider-contract.ts';
import { createSandboxProvider } from './provider.ts';

providerContract('sandbox', async () => {
  let now = 1_700_000_000_000;
  const make = () => createSandboxProvider({ delayMs: 2000, clock: () => now });
  return {
    provider: make(),
    restart: make,
    finish: async () => {
      now += 2000;
    },
    close: async () => {},
  };
});

const provider = createSandboxProvider({ delayMs: 0 });

async function draw(rest: Partial<ImageRequest>, index = 0): Promise<Uint8Array> {
  const request = makeRequest(provider, { seed: 7, ...rest });
  const operation = await provider.start(request, AbortSignal.timeout(1000));
  return await provider.download({ index, reference: String(index) }, operation);
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Mean of red, green and blue, 0 … 255. */
async function meanColour(bytes: Uint8Array): Promise<number[]> {
  const { channels } = await sharp(bytes).stats();
  return channels.slice(0, 3).map(({ mean }) => mean);
}

describe('a drawing', () => {
  test('is the same for the same request, and another for another seed, prompt or index', async () => {
    const first = hash(await draw({ count: 4 }));
    expect(hash(await draw({ count: 4 }))).toBe(first);
    const others = [
      await draw({ count: 4, seed: 8 }),
      await draw({ count: 4, prompt: 'a teapot' }),
      await draw({ count: 4 }, 1),
    ];
    expect(new Set([first, ...others.map(hash)]).size).toBe(4);
  });

  test.each(aspectRatios)('is a PNG of 1024 pixels on its longer side in %s', async (aspectRatio) => {
    const { width, height, format } = await sharp(await draw({ aspectRatio })).metadata();
    const [across, down] = aspectRatio.split(':').map(Number) as [number, number];
    expect(format).toBe('png');
    expect(Math.max(width, height)).toBe(1024);
    expect(width / height).toBeCloseTo(across / down, 2);
  });

  test('follows the colours that the prompt names and avoids those that the negative prompt names', async () => {
    const [red, , blue] = (await meanColour(await draw({ prompt: 'red hills' }))) as [number, number, number];
    expect(red).toBeGreaterThan(blue);
    const [seaRed, , seaBlue] = (await meanColour(await draw({ prompt: 'blue hills' }))) as [number, number, number];
    expect(seaBlue).toBeGreaterThan(seaRed);
    expect(hash(await draw({ prompt: 'red hills', negativePrompt: 'red' }))).not.toBe(
      hash(await draw({ prompt: 'red hills' })),
    );
  });

  test('is labelled in its lower right corner', async () => {
    const plain = sharp(await draw({ prompt: 'snow' })).extract({
      left: 860,
      top: 960,
      width: 150,
      height: 50,
    });
    const { channels } = await plain.stats();
    // White letters on a dark plate: both ends of the scale are there.
    expect(Math.max(...channels.map(({ max }) => max))).toBeGreaterThan(220);
    expect(Math.min(...channels.map(({ min }) => min))).toBeLessThan(140);
  });
});

test('progress is the share of the delay that has passed, and at each quarter there is something to see', async () => {
  let now = 0;
  const slow = createSandboxProvider({ delayMs: 1000, clock: () => now });
  const operation = await slow.start(makeRequest(slow, {}), AbortSignal.timeout(1000));
  expect(await slow.status(operation)).toEqual({ state: 'running', progress: 0, newsInMs: 250 });
  now = 240;
  expect(await slow.status(operation)).toEqual({ state: 'running', progress: 0.24, newsInMs: 10 });
  now = 250;
  expect(await slow.status(operation)).toEqual({
    ...{ state: 'running', progress: 0.25, newsInMs: 250 },
    preview: { index: 0, reference: '0/1' },
  });
  now = 1000;
  expect(await slow.status(operation)).toMatchObject({
    state: 'succeeded',
    costMicros: 0,
  });
});

describe('a drawing that starts from a picture', () => {
  const square = async (background: string) => ({
    bytes: await sharp({ create: { width: 300, height: 200, channels: 3, background } })
      .png()
      .toBuffer(),
    contentType: 'image/png',
  });

  test('shows that picture, in the format asked for', async () => {
    const [red, blue] = [await square('#e01010'), await square('#1010e0')];
    const fromRed = await draw({ image: red, aspectRatio: '9:16' });
    const [redOfRed, , blueOfRed] = (await meanColour(fromRed)) as [number, number, number];
    const [redOfBlue, , blueOfBlue] = (await meanColour(await draw({ image: blue }))) as [number, number, number];
    expect(redOfRed).toBeGreaterThan(blueOfRed + 50);
    expect(blueOfBlue).toBeGreaterThan(redOfBlue + 50);
    expect(await sharp(fromRed).metadata()).toMatchObject({ format: 'png', width: 576, height: 1024 });
  });

  test('and what was asked for, always the same', async () => {
    const image = await square('#808080');
    const first = hash(await draw({ image, prompt: 'red hills' }));
    expect(hash(await draw({ image, prompt: 'red hills' }))).toBe(first);
    expect(hash(await draw({ image, prompt: 'blue sea' }))).not.toBe(first);
  });
});

test('a preview is the picture to be, in its size, sharper at each step', async () => {
  let now = 0;
  const slow = createSandboxProvider({ delayMs: 1000, clock: () => now });
  const request = makeRequest(slow, { prompt: 'a city', aspectRatio: '3:2', seed: 7 });
  const operation = await slow.start(request, AbortSignal.timeout(1000));
  const sharpness: number[] = [];
  const colours: number[][] = [];
  for (now = 250; now <= 1000; now += 250) {
    const status = await slow.status(operation);
    const output = status.state === 'succeeded' ? status.outputs[0] : status.state === 'running' && status.preview;
    if (!output) throw new Error(`nothing to see after ${now} ms`);
    const bytes = await slow.download(output, operation);
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 1024, height: 683 });
    // Without the label, which is sharp from the start.
    const drawing = await sharp(bytes).extract({ left: 0, top: 0, width: 1024, height: 560 }).toBuffer();
    sharpness.push((await sharp(drawing).stats()).sharpness);
    colours.push(await meanColour(drawing));
  }
  expect(sharpness).toEqual(sharpness.toSorted((a, b) => a - b));
  expect(new Set(sharpness).size).toBe(4);
  const [first = [], last = []] = [colours[0], colours.at(-1)];
  for (const [at, mean] of first.entries()) expect(mean).toBeCloseTo(last[at] as number, -1);
});

import OpenAI, { toFile } from 'openai';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestRest, type TestRest } from '../../../test/support/rest.ts';

let rest: TestRest;
let openai: OpenAI;
beforeAll(async () => {
  // As long as it really takes: a step a second.
  rest = await startTestRest({ sandboxDelayMs: 4_000 });
  const { key } = await rest.developer();
  openai = new OpenAI({ baseURL: `${rest.url}/v1`, apiKey: key, maxRetries: 0 });
});
afterAll(() => rest.close());

type Event = OpenAI.Images.ImageGenStreamEvent | OpenAI.Images.ImageEditStreamEvent;
async function gather(stream: AsyncIterable<Event>): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of stream) events.push(event);
  return events;
}
const decode = ({ b64_json: text }: Event) => Buffer.from(text, 'base64');

test.for([0, 1, 3])(
  'up to %i partial pictures come before the picture, where so many are asked for',
  async (partial_images) => {
    const wanted = { prompt: 'a city at night', model: 'gpt-image-1', size: '1536x1024', stream: true } as const;
    const events = await gather(await openai.images.generate({ ...wanted, partial_images }));
    const partial = events.slice(0, -1);
    // A machine too busy to draw each step in time shows fewer.
    expect(partial.length).toBeGreaterThanOrEqual(Math.min(partial_images, 1));
    expect(partial.length).toBeLessThanOrEqual(partial_images);
    for (const [index, event] of partial.entries()) {
      expect(event).toEqual({
        ...{ type: 'image_generation.partial_image', partial_image_index: index, b64_json: expect.any(String) },
        ...{ size: '1024x683', quality: 'auto', background: 'opaque', output_format: 'png' },
        created_at: expect.closeTo(Date.now() / 1000, -2),
      });
    }
    expect(events.at(-1)).toMatchObject({ type: 'image_generation.completed', size: '1024x683' });
    const seen = await Promise.all(
      events.map(async (event) => {
        const picture = sharp(decode(event));
        const { width, height, xmp } = await picture.metadata();
        expect([width, height]).toEqual([1024, 683]);
        expect(xmp?.toString()).toContain('trainedAlgorithmicMedia');
        // Without the label, which is sharp from the start.
        const drawing = await picture.extract({ left: 0, top: 0, width: 1024, height: 560 }).toBuffer();
        return (await sharp(drawing).stats()).sharpness;
      }),
    );
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  },
);

test('of an edit too, in the format that is asked for, and of the first of several only', async () => {
  const photo = await sharp({ create: { width: 600, height: 400, channels: 3, background: '#209040' } })
    .png()
    .toBuffer();
  const events = await gather(
    await openai.images.edit({
      ...{ prompt: 'at night', image: await toFile(photo, 'a.png', { type: 'image/png' }), n: 2 },
      ...{ stream: true, partial_images: 2, output_format: 'jpeg', output_compression: 50 },
    }),
  );
  const types = events.map(({ type }) => type);
  expect(types.slice(-2)).toEqual(['image_edit.completed', 'image_edit.completed']);
  expect(new Set(types.slice(0, -2))).toEqual(new Set(['image_edit.partial_image']));
  expect(types.length).toBeLessThanOrEqual(4);
  for (const event of events) {
    expect(event).toMatchObject({ output_format: 'jpeg', size: '1024x683' });
    expect((await sharp(decode(event)).metadata()).format).toBe('jpeg');
  }
});

test('more than three are refused', async () => {
  const asking = openai.images.generate({ prompt: 'a fox', stream: true, partial_images: 4 });
  await expect(asking).rejects.toMatchObject({ status: 400, code: 'invalid_input', param: 'partial_images' });
});

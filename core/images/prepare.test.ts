import { createHash } from 'node:crypto';
import sharp, { type Sharp } from 'sharp';
import { thumbHashToApproximateAspectRatio, thumbHashToAverageRGBA } from 'thumbhash';
import { describe, expect, it } from 'vitest';
import type { ImageErrorCode } from './image-error.ts';
import { imageLimits, prepareImage } from './prepare.ts';

const provenance = {
  generationId: '0198c1f2-7d1e-7a60-9c3b-1f2e3d4c5b6a',
  provider: 'replicate',
  model: 'flux-schnell',
  seed: 2_147_483_647,
  createdAt: new Date('2026-11-21T10:00:00.123Z'),
};

const formats = {
  png: { write: (picture: Sharp) => picture.png(), extension: 'png', contentType: 'image/png' },
  jpeg: { write: (picture: Sharp) => picture.jpeg(), extension: 'jpg', contentType: 'image/jpeg' },
  'progressive jpeg': {
    write: (picture: Sharp) => picture.jpeg({ progressive: true }),
    extension: 'jpg',
    contentType: 'image/jpeg',
  },
  webp: { write: (picture: Sharp) => picture.webp(), extension: 'webp', contentType: 'image/webp' },
  'lossless webp': {
    write: (picture: Sharp) => picture.webp({ lossless: true }),
    extension: 'webp',
    contentType: 'image/webp',
  },
};
const cases = Object.entries(formats).map(([name, format]) => ({ name, ...format }));

describe('a picture made ours', () => {
  it.each(cases)('$name keeps every pixel and gets its sizes, hash, thumbnail and placeholder', async (format) => {
    const original = await format.write(drawNoise(900, 600)).toBuffer();
    const prepared = await prepareImage(original, provenance);

    expect(prepared).toMatchObject({
      extension: format.extension,
      contentType: format.contentType,
      width: 900,
      height: 600,
    });
    expect((await pixels(prepared.bytes)).equals(await pixels(original))).toBe(true);
    expect(prepared.sha256).toBe(createHash('sha256').update(prepared.bytes).digest('hex'));
    expect(prepared.thumbnail).toMatchObject({ width: 512, height: 341 });
    expect(await sharp(prepared.thumbnail.bytes).metadata()).toMatchObject({ format: 'webp', width: 512, height: 341 });
    const placeholder = Buffer.from(prepared.placeholder, 'base64');
    expect(thumbHashToApproximateAspectRatio(placeholder)).toBeCloseTo(1.5, 0);
    expect(prepared.placeholder.length).toBeLessThanOrEqual(64);
  });

  it.each(cases)('$name tells its provenance, in the thumbnail too', async (format) => {
    const prepared = await prepareImage(await format.write(drawNoise(8, 8)).toBuffer(), provenance);
    for (const bytes of [prepared.bytes, prepared.thumbnail.bytes]) {
      const xmp = (await sharp(bytes).metadata()).xmpAsString;
      expect(xmp).toContain('>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia<');
      expect(xmp).toContain('<easel:Seed>2147483647<');
    }
  });

  it('comes out the same each time, so that a repeated job stores the same bytes', async () => {
    const original = await drawNoise(64, 64).png().toBuffer();
    expect(await prepareImage(original, provenance)).toEqual(await prepareImage(original, provenance));
  });

  it('is not enlarged for its thumbnail, however small or thin', async () => {
    const dot = await prepareImage(await drawNoise(1, 1).png().toBuffer(), provenance);
    expect(dot.thumbnail).toMatchObject({ width: 1, height: 1 });
    const line = await prepareImage(await drawNoise(3000, 1).png().toBuffer(), provenance);
    expect(line.thumbnail).toMatchObject({ width: 512, height: 1 });
  });

  it('keeps what can be seen through: alpha in file, thumbnail and placeholder', async () => {
    const clear = sharp({
      create: { width: 40, height: 40, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
    });
    const prepared = await prepareImage(await clear.webp().toBuffer(), provenance);
    expect((await sharp(prepared.bytes).metadata()).hasAlpha).toBe(true);
    expect((await sharp(prepared.thumbnail.bytes).metadata()).hasAlpha).toBe(true);
    expect(thumbHashToAverageRGBA(Buffer.from(prepared.placeholder, 'base64')).a).toBe(0);
  });

  it.each(cases)('$name that lies on its side is measured and shown upright', async (format) => {
    const original = await format.write(drawNoise(60, 20).withMetadata({ orientation: 6 })).toBuffer();
    const prepared = await prepareImage(original, provenance);
    expect(prepared).toMatchObject({ width: 20, height: 60, thumbnail: { width: 20, height: 60 } });
    expect((await sharp(prepared.bytes).metadata()).orientation).toBe(6);
  });

  it('is known by its content alone, in whatever slice of memory it comes', async () => {
    const original = await drawNoise(10, 10).webp().toBuffer();
    const slice = new Uint8Array([9, 9, ...original, 9, 9]).subarray(2, -2);
    expect((await prepareImage(slice, provenance)).bytes).toEqual((await prepareImage(original, provenance)).bytes);
  });

  it.each(['cmyk', 'b-w', 'rgb16'] as const)('may be in the colours of %s', async (space) => {
    const picture = drawNoise(30, 30).toColourspace(space);
    const original = await (space === 'rgb16' ? picture.png() : picture.jpeg()).toBuffer();
    const prepared = await prepareImage(original, provenance);
    expect((await pixels(prepared.bytes)).equals(await pixels(original))).toBe(true);
    expect((await sharp(prepared.thumbnail.bytes).metadata()).space).toBe('srgb');
  });
});

describe('what is no picture of ours', () => {
  it.each([
    ['nothing', ''],
    ['a page of HTML', '<!doctype html><title>502 Bad Gateway</title>'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'],
    ['the start of a signature', '\x89PNG'],
  ])('%s is refused', async (_, text) => {
    await expectRefusal(Buffer.from(text, 'latin1'), 'unsupported_format');
  });

  it('a GIF is refused', async () => {
    await expectRefusal(await drawNoise(4, 4).gif().toBuffer(), 'unsupported_format');
  });

  it.each(cases)('a cut off $name is refused wherever the cut is', async (format) => {
    const original = await format.write(drawNoise(200, 150)).toBuffer();
    const cuts = [0.03, 0.2, 0.5, 0.9].map((share) => Math.floor(original.length * share));
    for (const length of [12, 16, 24, ...cuts, original.length - 4]) {
      await expectRefusal(original.subarray(0, length), 'damaged');
    }
  });

  it('a broken PNG is refused', async () => {
    const broken = await drawNoise(50, 50).png().toBuffer();
    broken.fill(0, 1000, 1100);
    await expectRefusal(broken, 'damaged');
  });

  it('more bytes than the limit are refused', async () => {
    const small = await drawNoise(4, 4).jpeg().toBuffer();
    await expectRefusal(Buffer.concat([small, Buffer.alloc(imageLimits.bytes)]), 'too_many_bytes');
  });

  it('more pixels than the limit are refused, however few the bytes', async () => {
    const blank = (width: number, height: number) =>
      sharp({ create: { width, height, channels: 3, background: 'white' } })
        .png()
        .toBuffer();
    await expectRefusal(await blank(8001, 5000), 'too_many_pixels');
    expect(await prepareImage(await blank(8000, 5000), provenance)).toMatchObject({ width: 8000, height: 5000 });
  });

  it('animations are refused', async () => {
    const frames = [drawNoise(4, 4), drawNoise(4, 4).negate()].map((frame) => frame.png().toBuffer());
    const animated = sharp(await Promise.all(frames), { join: { animated: true } });
    await expectRefusal(await animated.webp({ loop: 0 }).toBuffer(), 'animated');
    await expectRefusal(await animatedPng(), 'animated');
  });

  async function expectRefusal(bytes: Uint8Array, code: ImageErrorCode) {
    await expect(prepareImage(bytes, provenance), `${bytes.length} bytes`).rejects.toMatchObject({
      name: 'ImageError',
      code,
    });
  }
});

/** The same noise each time: it does not compress, so that every byte of the file matters. */
function drawNoise(width: number, height: number): Sharp {
  let state = 7;
  const data = Buffer.alloc(width * height * 3);
  for (let index = 0; index < data.length; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    data[index] = state >>> 24;
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

function pixels(bytes: Uint8Array): Promise<Buffer> {
  return sharp(bytes).raw().toBuffer();
}

/** sharp writes no animated PNG: the chunk that announces one, right after the header (8 + 25 bytes). */
async function animatedPng(): Promise<Buffer> {
  const still = await drawNoise(4, 4).png().toBuffer();
  const announcement = Buffer.from('000000086163544c0000000100000000b92d2c3d', 'hex');
  return Buffer.concat([still.subarray(0, 33), announcement, still.subarray(33)]);
}

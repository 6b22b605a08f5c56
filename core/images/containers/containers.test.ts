import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { ImageError } from '../image-error.ts';
import { detectFormat, embedMetadata } from './index.ts';

const secretPrompt = 'a prompt that must not travel';
const metadata = { xmp: '<x:xmpmeta xmlns:x="adobe:ns:meta/">ours</x:xmpmeta>', exif: null };

/** As a provider might hand it out: with XMP, Exif and a colour profile of its own. */
function drawMarked(): Sharp {
  return drawPlain()
    .withIccProfile('p3')
    .withExif({ IFD0: { ImageDescription: secretPrompt } })
    .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/">${secretPrompt}</x:xmpmeta>`);
}

function drawPlain(channels: 3 | 4 = 3): Sharp {
  const background = { r: 200, g: 30, b: 90, alpha: 0.5 };
  return sharp({ create: { width: 301, height: 7, channels, background } });
}

const cases = [
  { name: 'png', format: 'png', write: (picture: Sharp) => picture.png() },
  { name: 'jpeg', format: 'jpeg', write: (picture: Sharp) => picture.jpeg() },
  { name: 'lossy webp', format: 'webp', write: (picture: Sharp) => picture.webp() },
  { name: 'lossless webp', format: 'webp', write: (picture: Sharp) => picture.webp({ lossless: true }) },
] as const;

describe.each(cases)('metadata of $name', ({ format, write }) => {
  it('is written into a file that has none', async () => {
    const plain = await write(drawPlain()).toBuffer();
    const written = embedMetadata(plain, format, metadata);
    expect((await sharp(written).metadata()).xmpAsString).toBe(metadata.xmp);
    expect((await pixels(written)).equals(await pixels(plain))).toBe(true);
  });

  it('replaces what was there, and leaves the colour profile', async () => {
    const marked = await write(drawMarked()).toBuffer();
    const before = await sharp(marked).metadata();
    expect(before).toMatchObject({ exif: expect.any(Buffer), xmpAsString: expect.stringContaining(secretPrompt) });
    const written = embedMetadata(marked, format, metadata);
    const after = await sharp(written).metadata();
    expect(after.xmpAsString).toBe(metadata.xmp);
    expect(after.exif).toBeUndefined();
    expect(after.icc?.equals(before.icc ?? Buffer.alloc(0))).toBe(true);
    expect(written.includes(secretPrompt)).toBe(false);
    expect((await pixels(written)).equals(await pixels(marked))).toBe(true);
  });

  it('is the same when written twice', async () => {
    const once = embedMetadata(await write(drawMarked()).toBuffer(), format, metadata);
    expect(embedMetadata(once, format, metadata).equals(once)).toBe(true);
  });

  it('never fails but with an ImageError, whatever the bytes', async () => {
    const original = await write(drawMarked()).toBuffer();
    const damage = fc.record({
      length: fc.nat(original.length),
      changes: fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(damage, ({ length, changes }) => {
        const bytes = Buffer.from(original.subarray(0, length));
        for (const [offset, value] of changes) if (offset < length) bytes[offset] = value;
        const detected = detectFormat(bytes);
        if (!detected) return;
        try {
          embedMetadata(bytes, detected, metadata);
        } catch (error) {
          expect(error).toBeInstanceOf(ImageError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('PNG', () => {
  it('has its XMP before the picture, with a right checksum, and no other text', async () => {
    const plain = await drawPlain().png().toBuffer();
    const text = pngChunk('tEXt', `parameters\0${secretPrompt}`);
    const written = embedMetadata(Buffer.concat([plain.subarray(0, 33), text, plain.subarray(33)]), 'png', metadata);
    expect(written.includes(secretPrompt)).toBe(false);
    expect(written.subarray(0, 33)).toEqual(plain.subarray(0, 33));
    const expected = pngChunk('iTXt', `XML:com.adobe.xmp\0\0\0\0\0${metadata.xmp}`);
    expect(written.subarray(33, 33 + expected.length)).toEqual(expected);
    expect(written.subarray(33 + expected.length)).toEqual(plain.subarray(33));
  });

  it('loses what was hung on after its end', async () => {
    const plain = await drawPlain().png().toBuffer();
    const written = embedMetadata(Buffer.concat([plain, Buffer.from(secretPrompt)]), 'png', metadata);
    expect(written).toEqual(embedMetadata(plain, 'png', metadata));
  });
});

describe('JPEG', () => {
  it('keeps its segments in order: JFIF, Exif, XMP, the others', async () => {
    const plain = await drawPlain().jpeg().toBuffer();
    const jfif = jpegSegment(0xe0, 'JFIF\0\x01\x01\0\0\x01\0\x01\0\0');
    const adobe = jpegSegment(0xee, 'Adobe\0d\0\0\0\0\x01');
    const credentials = jpegSegment(0xeb, 'JP\0\x01signed by the maker');
    const comment = jpegSegment(0xfe, secretPrompt);
    const caption = jpegSegment(0xed, `Photoshop 3.0\0${secretPrompt}`);
    const tables = plain.subarray(plain.indexOf(Buffer.from([0xff, 0xdb])));
    const start = Buffer.from([0xff, 0xd8]);
    const exif = Buffer.from('II*\0');
    const written = embedMetadata(
      Buffer.concat([start, comment, jfif, caption, Buffer.from([0xff, 0xff]), adobe, credentials, tables]),
      'jpeg',
      { ...metadata, exif },
    );
    const ours = [
      jpegSegment(0xe1, 'Exif\0\0II*\0'),
      jpegSegment(0xe1, `http://ns.adobe.com/xap/1.0/\0${metadata.xmp}`),
    ];
    expect(written).toEqual(Buffer.concat([start, jfif, ...ours, adobe, credentials, tables]));
    expect((await sharp(written).stats()).channels).toHaveLength(3);
  });
});

describe('WebP', () => {
  it.each([
    ['lossy', { lossless: false }, 3],
    ['lossy, with alpha', { lossless: false }, 4],
    ['lossless', { lossless: true }, 3],
    ['lossless, with alpha', { lossless: true }, 4],
  ] as const)('%s states its canvas, its flags and its length', async (_, options, channels) => {
    const written = embedMetadata(await drawPlain(channels).webp(options).toBuffer(), 'webp', metadata);
    expect(written.readUInt32LE(4)).toBe(written.length - 8);
    expect(written.toString('latin1', 12, 16)).toBe('VP8X');
    expect(written[20]).toBe(channels === 4 ? 0x14 : 0x04);
    expect(written.readUIntLE(24, 3) + 1).toBe(301);
    expect(written.readUIntLE(27, 3) + 1).toBe(7);
    expect(await sharp(written).metadata()).toMatchObject({ width: 301, height: 7, hasAlpha: channels === 4 });
  });

  it('pads a packet of odd length', async () => {
    const plain = await drawPlain().webp().toBuffer();
    for (const xmp of ['odd', 'even']) {
      const written = embedMetadata(plain, 'webp', { xmp, exif: null });
      expect(written.length % 2).toBe(0);
      expect((await sharp(written).metadata()).xmpAsString).toBe(xmp);
    }
  });

  it('loses what was hung on after its end', async () => {
    const plain = await drawPlain().webp().toBuffer();
    const written = embedMetadata(Buffer.concat([plain, Buffer.from(secretPrompt)]), 'webp', metadata);
    expect(written).toEqual(embedMetadata(plain, 'webp', metadata));
  });
});

function pixels(bytes: Uint8Array): Promise<Buffer> {
  return sharp(bytes).raw().toBuffer();
}

function pngChunk(type: string, data: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(data));
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(type + data));
  return Buffer.concat([length, Buffer.from(type + data), checksum]);
}

function jpegSegment(marker: number, data: string): Buffer {
  const header = Buffer.from([0xff, marker, 0, 0]);
  header.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([header, Buffer.from(data, 'latin1')]);
}

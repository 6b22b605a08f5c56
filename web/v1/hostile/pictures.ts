import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import type { Hostile } from './ask.ts';

const red = { create: { width: 64, height: 48, channels: 3, background: '#c03020' } } as const;
const png = await sharp(red).png().toBuffer();
const jpeg = await sharp(red).jpeg().toBuffer();
const page = '<html><script>alert(document.domain)</script></html>';

/** A picture that is also a page: to be drawn anew, so that only the picture is left. */
export const pictureAndPage = Buffer.concat([png, Buffer.from(page)]);

const unreadable: [string, Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['a page before a picture', Buffer.concat([Buffer.from(page), png])],
  ['a page', Buffer.from(page)],
  ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>')],
  ['SVG behind a declaration', Buffer.from('<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg/>')],
  ['a GIF', await sharp(red).gif().toBuffer()],
  ['a GIF that is a program', Buffer.from('GIF89a=1;alert(1);//')],
  ['an animated WebP', await animation()],
  ['AVIF', await sharp(red).avif({ effort: 0 }).toBuffer()],
  ['TIFF', await sharp(red).tiff().toBuffer()],
  ['PDF', Buffer.from('%PDF-1.7\n1 0 obj')],
  ['PostScript', Buffer.from('%!PS\n(%pipe%id) (r) file')],
  ['MVG', Buffer.from('push graphic-context\nfill "url(https://127.0.0.1/|id)"')],
  ['ZIP', Buffer.from('PK\x03\x04')],
  ['only the signature of PNG', png.subarray(0, 8)],
  ['a PNG of no width', pngOf(0, 10, Buffer.alloc(10))],
  ['a PNG with no picture in it', pngOf(10, 10, Buffer.alloc(0))],
  ['a PNG larger than PNG allows', pngOf(2 ** 31 - 1, 2 ** 31 - 1, Buffer.alloc(0))],
  ['a PNG cut off', png.subarray(0, png.length - 40)],
  ['a JPEG cut off', jpeg.subarray(0, jpeg.length / 2)],
  ['a WebP of nothing', Buffer.from('RIFF\xff\xff\xff\x7fWEBPVP8 ', 'latin1')],
];
const bombs: [string, Buffer][] = [
  // 40,000 × 40,000 in one bit a pixel: 200 MB of nothing in 200 kB.
  ['a PNG of 1,600 megapixels', pngOf(40_000, 40_000, Buffer.alloc(40_000 * 5_001))],
  ['a PNG that only says it is so large', pngOf(30_000, 30_000, Buffer.alloc(0))],
];

const asAddress = ([name, bytes]: [string, Buffer], status: number, code: string): Hostile => [
  `${name}, in an address`,
  { json: { prompt: 'a fox', image_url: `data:image/png;base64,${bytes.toString('base64')}` } },
  status,
  code,
];
const asForm = ([name, bytes]: [string, Buffer], status: number, code: string): Hostile => [
  `${name}, in a form`,
  formWith([filePart('image', bytes), textPart('prompt', 'a fox')]),
  status,
  code,
];

/** Files that are no pictures, or that would fill the memory. */
export const hostilePictures: Hostile[] = [
  ...unreadable.flatMap((one) => [asAddress(one, 400, 'image_unreadable'), asForm(one, 400, 'image_unreadable')]),
  asAddress(bombs[0] as [string, Buffer], 413, 'image_too_large'),
  asForm(bombs[0] as [string, Buffer], 413, 'image_too_large'),
  asForm(bombs[1] as [string, Buffer], 413, 'image_too_large'),
];

const picture = filePart('image', png);
const prompt = textPart('prompt', 'a fox');
const typed = (type: string, body = `--x\r\n${prompt}\r\n--x--`) => ({
  ...formWith([]),
  body,
  headers: [['Content-Type', type]] as const,
});

/** Forms that are none, or hold what was not asked for. */
export const hostileForms: Hostile[] = [
  ['no boundary', typed('multipart/form-data'), 400, 'invalid_input'],
  ['an empty boundary', typed('multipart/form-data; boundary='), 400, 'invalid_input'],
  ['a boundary of 200 characters', typed(`multipart/form-data; boundary=${'x'.repeat(200)}`), 400, 'invalid_input'],
  ['another boundary', typed('multipart/form-data; boundary=y'), 400, 'invalid_input'],
  ['no end', typed('multipart/form-data; boundary=x', `--x\r\n${prompt}\r\n`), 400, 'invalid_input'],
  ['nothing', typed('multipart/form-data; boundary=x', '--x--'), 400, 'invalid_input'],
  ['no headers in a part', typed('multipart/form-data; boundary=x', '--x\r\n\r\na fox\r\n--x--'), 400, 'invalid_input'],
  ['mixed', typed('multipart/mixed; boundary=x'), 415, 'unsupported_media_type'],
  ['JSON', typed('application/json', '{"prompt":"a fox"}'), 415, 'unsupported_media_type'],
  ['1,000 parts', formWith([...Array(1000).fill(textPart('user', 'u')), picture, prompt]), 400, 'invalid_input'],
  ['no file', formWith([prompt]), 400, 'invalid_input'],
  ['a file by another name', formWith([filePart('photo', png), prompt]), 400, 'invalid_input'],
  ['a file that climbs', formWith([filePart('../image', png), prompt]), 400, 'invalid_input'],
  ['two files', formWith([picture, picture, prompt]), 400, 'invalid_input'],
  ['a mask', formWith([picture, filePart('mask', png), prompt]), 400, 'mask_unsupported'],
  ['the file as text', formWith([textPart('image', 'a.png'), prompt]), 400, 'unknown_field'],
  ['the prompt as a file', formWith([filePart('prompt', png), picture]), 400, 'invalid_input'],
  ['no prompt', formWith([picture]), 400, 'invalid_input'],
  ['__proto__', formWith([picture, prompt, textPart('__proto__', 'a')]), 400, 'unknown_field'],
  ['a count that is none', formWith([picture, prompt, textPart('n', '1e1')]), 400, 'invalid_input'],
  ['a lone NUL in the prompt', formWith([picture, textPart('prompt', 'a \0 fox')]), 400, 'prompt_unreadable'],
  ['a field that is none', formWith([picture, prompt, textPart('webhook', 'https://a')]), 400, 'unknown_field'],
  ['22 MB', formWith([filePart('image', Buffer.alloc(22_000_000)), prompt]), 413, 'payload_too_large'],
];

function textPart(name: string, value: string): string {
  return `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`;
}

function filePart(name: string, bytes: Buffer): string {
  const head = `Content-Disposition: form-data; name="${name}"; filename="../../a.png"\r\nContent-Type: image/png`;
  return `${head}\r\n\r\n${bytes.toString('latin1')}`;
}

/** The form of an edit; parts as bytes in Latin-1. */
function formWith(parts: string[]) {
  return {
    path: '/v1/images/edits',
    headers: [['Content-Type', 'multipart/form-data; boundary=x7']] as [string, string][],
    body: Buffer.from(`${parts.map((part) => `--x7\r\n${part}\r\n`).join('')}--x7--\r\n`, 'latin1'),
  };
}

/** A black and white PNG with these rows, whatever their number. */
function pngOf(width: number, height: number, rows: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const chunks: [string, Buffer][] = [
    ['IHDR', header],
    ['IDAT', deflateSync(rows)],
    ['IEND', Buffer.alloc(0)],
  ];
  return Buffer.concat([png.subarray(0, 8), ...chunks.map(([type, data]) => chunk(type, data))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, sum]);
}

async function animation(): Promise<Buffer> {
  const frames = await Promise.all(
    ['#f00', '#00f'].map((background) =>
      sharp({ create: { ...red.create, background } })
        .png()
        .toBuffer(),
    ),
  );
  return sharp(frames, { join: { animated: true } })
    .webp()
    .toBuffer();
}

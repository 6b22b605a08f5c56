import { crc32 } from 'node:zlib';
import { ImageError } from '../image-error.ts';
import { damaged, type Metadata } from './metadata.ts';

/** https://www.w3.org/TR/png-3/ */
export const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex');

/** All text, of which XMP is one kind, and Exif: some models write the prompt there. */
const replaced = new Set(['tEXt', 'zTXt', 'iTXt', 'eXIf']);

/** Sets a PNG's metadata; every other chunk is kept byte for byte. Throws ImageError `damaged` or `animated`. */
export function embedInPng(png: Buffer, { xmp, exif }: Metadata): Buffer {
  const [header, ...others] = readChunks(png);
  if (header?.type !== 'IHDR') throw damaged('The PNG does not begin with its header');
  if (others.some((chunk) => chunk.type === 'acTL')) throw new ImageError('animated', 'The PNG is animated');
  const kept = others.filter((chunk) => !replaced.has(chunk.type));
  return Buffer.concat([
    pngSignature,
    header.bytes,
    ...(exif ? [writeChunk('eXIf', exif)] : []),
    writeChunk('iTXt', xmpText(xmp)),
    ...kept.map((chunk) => chunk.bytes),
  ]);
}

/** Up to and with IEND: what follows it is no part of the picture. */
function readChunks(png: Buffer): { type: string; bytes: Buffer }[] {
  const chunks = [];
  let offset = pngSignature.length;
  while (offset + 12 <= png.length) {
    const end = offset + 12 + png.readUInt32BE(offset);
    if (end > png.length) break;
    const type = png.toString('latin1', offset + 4, offset + 8);
    chunks.push({ type, bytes: png.subarray(offset, end) });
    if (type === 'IEND') return chunks;
    offset = end;
  }
  throw damaged('The PNG is cut off');
}

function writeChunk(type: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  data.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return chunk;
}

/** Keyword, then zeros for: its end, no compression, no method, no language, no translated keyword. */
function xmpText(xmp: string): Buffer {
  return Buffer.from(`XML:com.adobe.xmp\0\0\0\0\0${xmp}`);
}

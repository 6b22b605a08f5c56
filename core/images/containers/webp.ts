import { ImageError } from '../image-error.ts';
import { damaged, type Metadata } from './metadata.ts';

/** https://www.rfc-editor.org/rfc/rfc9649: RIFF chunks, of which the first says what else is there. */
type Chunk = { type: string; data: Buffer };

const flags = { alpha: 0x10, exif: 0x08, xmp: 0x04, animation: 0x02 };
const replaced = new Set(['VP8X', 'EXIF', 'XMP ']);

/**
 * Sets a WebP's metadata, turning a simple file (one chunk) into an extended one; every other chunk is kept byte for
 * byte. Throws ImageError `damaged` or `animated`.
 */
export function embedInWebp(webp: Buffer, { xmp, exif }: Metadata): Buffer {
  const chunks = readChunks(webp);
  const header = extendedHeader(chunks[0]);
  const marked = header.readUInt8(0);
  if (marked & flags.animation) throw new ImageError('animated', 'The WebP is animated');
  header.writeUInt8((marked & ~flags.exif) | flags.xmp | (exif ? flags.exif : 0), 0);
  const body = Buffer.concat([
    Buffer.from('WEBP'),
    writeChunk({ type: 'VP8X', data: header }),
    ...chunks.filter((chunk) => !replaced.has(chunk.type)).map(writeChunk),
    ...(exif ? [writeChunk({ type: 'EXIF', data: exif })] : []),
    writeChunk({ type: 'XMP ', data: Buffer.from(xmp) }),
  ]);
  return writeChunk({ type: 'RIFF', data: body });
}

/** A copy of the extended header, or a new one from the header of the picture itself. */
function extendedHeader(first: Chunk | undefined): Buffer {
  const data = first?.data ?? Buffer.alloc(0);
  if (data.length < 10) throw damaged('The WebP has no header');
  switch (first?.type) {
    case 'VP8X':
      return Buffer.from(data);
    case 'VP8 ': // three bytes of frame, three of start code, then two of 14 bits, whose upper two are a scale
      return newExtendedHeader(data.readUInt16LE(6) & 0x3fff, data.readUInt16LE(8) & 0x3fff, false);
    case 'VP8L': {
      const bits = data.readUInt32LE(1); // after the signature: two of 14 bits, each less one, then alpha
      return newExtendedHeader((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1, (bits & (1 << 28)) !== 0);
    }
    default:
      throw damaged('The WebP begins with an unknown chunk');
  }
}

function newExtendedHeader(width: number, height: number, alpha: boolean): Buffer {
  if (width === 0 || height === 0) throw damaged('The WebP has no pixels');
  const header = Buffer.alloc(10);
  header.writeUInt8(alpha ? flags.alpha : 0, 0);
  header.writeUIntLE(width - 1, 4, 3);
  header.writeUIntLE(height - 1, 7, 3);
  return header;
}

/** Up to the end that the file states: what follows is no part of the picture. */
function readChunks(webp: Buffer): Chunk[] {
  const end = 8 + webp.readUInt32LE(4);
  if (end > webp.length) throw damaged('The WebP is cut off');
  const chunks = [];
  let offset = 12;
  while (offset + 8 <= end) {
    const dataEnd = offset + 8 + webp.readUInt32LE(offset + 4);
    if (dataEnd > end) throw damaged('A chunk of the WebP is cut off');
    chunks.push({ type: webp.toString('latin1', offset, offset + 4), data: webp.subarray(offset + 8, dataEnd) });
    offset = dataEnd + (dataEnd % 2); // chunks begin at even offsets
  }
  return chunks;
}

function writeChunk({ type, data }: Chunk): Buffer {
  const chunk = Buffer.alloc(8 + data.length + (data.length % 2));
  chunk.write(type, 'latin1');
  chunk.writeUInt32LE(data.length, 4);
  data.copy(chunk, 8);
  return chunk;
}

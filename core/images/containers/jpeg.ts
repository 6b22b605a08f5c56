import { damaged, type Metadata } from './metadata.ts';

const startOfImage = 0xd8;
const startOfScan = 0xda;
const app0 = 0xe0;
const app1 = 0xe1;
const app13 = 0xed;
const comment = 0xfe;

/** Comments, Exif and XMP (APP1), Photoshop's and IPTC's captions (APP13): some models write the prompt there. */
const replaced = new Set([app1, app13, comment]);

/**
 * Sets a JPEG's metadata; every other segment (colour profile, Adobe's colour transform, …) and the compressed
 * picture are kept byte for byte. Throws ImageError `damaged`.
 */
export function embedInJpeg(jpeg: Buffer, { xmp, exif }: Metadata): Buffer {
  const { segments, scan } = readSegments(jpeg);
  const kept = segments.filter((segment) => !replaced.has(segment.marker));
  return Buffer.concat([
    Buffer.from([0xff, startOfImage]),
    // JFIF comes first, then Exif, then XMP: where readers look for them.
    ...kept.filter((segment) => segment.marker === app0).map((segment) => segment.bytes),
    ...(exif ? [writeSegment(Buffer.concat([Buffer.from('Exif\0\0'), exif]))] : []),
    writeSegment(Buffer.from(`http://ns.adobe.com/xap/1.0/\0${xmp}`)),
    ...kept.filter((segment) => segment.marker !== app0).map((segment) => segment.bytes),
    scan,
  ]);
}

function readSegments(jpeg: Buffer): { segments: { marker: number; bytes: Buffer }[]; scan: Buffer } {
  const segments = [];
  let offset = 2;
  while (offset + 4 <= jpeg.length) {
    if (jpeg[offset] !== 0xff) throw damaged('The JPEG has no marker where one should be');
    const marker = jpeg.readUInt8(offset + 1);
    if (marker === 0xff) {
      offset += 1; // any number of these may stand before a marker
      continue;
    }
    if (marker === startOfScan) return { segments, scan: jpeg.subarray(offset) };
    const length = jpeg.readUInt16BE(offset + 2);
    const end = offset + 2 + length;
    if (length < 2 || end > jpeg.length) break;
    segments.push({ marker, bytes: jpeg.subarray(offset, end) });
    offset = end;
  }
  throw damaged('The JPEG is cut off before its picture');
}

/** Throws RangeError when the data does not fit into one segment of 65,533 bytes. */
function writeSegment(data: Buffer): Buffer {
  const segment = Buffer.alloc(4 + data.length);
  segment.writeUInt16BE(0xff00 + app1, 0);
  segment.writeUInt16BE(2 + data.length, 2);
  data.copy(segment, 4);
  return segment;
}

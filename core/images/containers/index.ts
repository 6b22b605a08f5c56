import { embedInJpeg } from './jpeg.ts';
import type { ImageFormat, Metadata } from './metadata.ts';
import { embedInPng, pngSignature } from './png.ts';
import { embedInWebp } from './webp.ts';

export { createOrientationExif } from './metadata.ts';
export type { ImageFormat };

/** The format by content; null when it is none of ours. */
export function detectFormat(bytes: Buffer): ImageFormat | null {
  if (bytes.subarray(0, 8).equals(pngSignature)) return 'png';
  if (bytes.toString('latin1', 0, 3) === '\xff\xd8\xff') return 'jpeg';
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') return 'webp';
  return null;
}

/**
 * A copy of the file in which `metadata` stands in place of its Exif, XMP, captions and comments. The compressed
 * picture and its colour profile are not touched. Throws ImageError `damaged` or `animated`.
 */
export function embedMetadata(bytes: Buffer, format: ImageFormat, metadata: Metadata): Buffer {
  return embedders[format](bytes, metadata);
}

const embedders = { png: embedInPng, jpeg: embedInJpeg, webp: embedInWebp };

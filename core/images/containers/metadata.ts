import { ImageError } from '../image-error.ts';

export type ImageFormat = 'png' | 'jpeg' | 'webp';

/** What a file of ours says about itself. Both are written, or left out, in place of whatever stood there. */
export type Metadata = {
  /** XMP packet. */
  xmp: string;
  /** Exif as a bare TIFF structure, without JPEG's `Exif` prefix; null for none. */
  exif: Buffer | null;
};

/** The smallest Exif there is: the orientation (1 … 8) and nothing else. */
export function createOrientationExif(orientation: number): Buffer {
  const exif = Buffer.alloc(26);
  exif.write('MM\0*', 'latin1'); // big-endian TIFF
  exif.writeUInt32BE(8, 4); // where the only directory begins
  exif.writeUInt16BE(1, 8); // its number of entries
  exif.writeUInt16BE(0x0112, 10); // Orientation,
  exif.writeUInt16BE(3, 12); // a 16-bit number,
  exif.writeUInt32BE(1, 14); // one of them
  exif.writeUInt16BE(orientation, 18);
  return exif;
}

export function damaged(reason: string): ImageError {
  return new ImageError('damaged', reason);
}

import pLimit from 'p-limit';
import sharp from 'sharp';
import { imageLimits } from './prepare.ts';

const takeTurns = pLimit(2);

/** One of our own pictures in another format, its provenance kept. `quality`, 0 … 100, is of JPEG and WebP. */
export function convertPicture(bytes: Uint8Array, format: 'png' | 'jpeg' | 'webp', quality: number) {
  return takeTurns((): Promise<Uint8Array> => {
    const picture = sharp(bytes, { limitInputPixels: imageLimits.pixels }).keepMetadata();
    if (format === 'png') return picture.png().toBuffer();
    // Neither coder takes 0.
    const options = { quality: Math.max(1, quality) };
    return (
      format === 'jpeg' ? picture.flatten({ background: '#fff' }).jpeg(options) : picture.webp(options)
    ).toBuffer();
  });
}

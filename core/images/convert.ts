import pLimit from 'p-limit';
import sharp from 'sharp';
import { imageLimits } from './prepare.ts';
import { createXmpPacket, type Provenance } from './provenance.ts';

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

/** A provider's picture before it is finished: written anew as PNG, with where it comes from in it. */
export function markPreview(bytes: Uint8Array, provenance: Provenance) {
  return takeTurns(async (): Promise<{ bytes: Uint8Array; width: number; height: number }> => {
    const { data, info } = await sharp(bytes, { limitInputPixels: imageLimits.pixels })
      .withXmp(createXmpPacket(provenance))
      .png()
      .toBuffer({ resolveWithObject: true });
    return { bytes: data, width: info.width, height: info.height };
  });
}

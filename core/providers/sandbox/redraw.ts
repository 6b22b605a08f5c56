import sharp from 'sharp';
import type { InputPicture } from '../port.ts';

/** Small enough to be stored with the operation, large enough to be recognised. */
const smallSide = 512;

/** A copy of a picture for redraw: WebP in base64. */
export async function shrinkPicture({ bytes }: InputPicture): Promise<string> {
  const small = sharp(bytes)
    .resize(smallSide, smallSide, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#fff' })
    .webp({ quality: 70 });
  return (await small.toBuffer()).toString('base64');
}

/** The picture, filling the format, with an SVG of that format over it. PNG. */
export async function redraw(image: string, overlay: Buffer, size: { width: number; height: number }) {
  return await sharp(Buffer.from(image, 'base64'))
    .resize({ ...size, fit: 'cover', position: 'attention' })
    .composite([{ input: overlay }])
    .removeAlpha()
    .png({ compressionLevel: 7 })
    .toBuffer();
}

import { hash } from 'node:crypto';
import pLimit from 'p-limit';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { detectFormat, type ImageFormat } from './containers/index.ts';
import { ImageError } from './image-error.ts';
import { contentTypeOfExtension, type ImageContentType, type ImageExtension } from './store.ts';

export type CleanPicture = {
  bytes: Uint8Array;
  contentType: ImageContentType;
  extension: ImageExtension;
  width: number;
  height: number;
  /** Of `bytes`, in lower-case hexadecimal. */
  sha256: string;
};

export const inputLimits = { bytes: 20_000_000, pixels: 40_000_000 };
/** More than any model looks at. */
const longestSide = 2048;

const extensions = { png: 'png', jpeg: 'jpg', webp: 'webp' } as const satisfies Record<ImageFormat, ImageExtension>;

/** A picture of 40 megapixels takes some 160 MB while it is decoded. */
const takeTurns = pLimit(2);

/**
 * A stranger's picture, drawn anew: recognised by its content, decoded whole, turned upright, in sRGB, at most 2048
 * pixels a side and without anything else that the file held. The same file gives the same bytes. Throws ImageError.
 */
export function cleanPicture(input: Uint8Array): Promise<CleanPicture> {
  return takeTurns(async () => {
    const original = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
    if (original.length > inputLimits.bytes) throw new ImageError('too_many_bytes', `${original.length} bytes`);
    const format = detectFormat(original);
    if (!format) throw new ImageError('unsupported_format', 'Neither PNG, JPEG nor WebP');
    try {
      checkHeader(await sharp(original, { limitInputPixels: false }).metadata(), format);
      const picture = sharp(original, { failOn: 'error', limitInputPixels: inputLimits.pixels })
        .autoOrient()
        .resize(longestSide, longestSide, { fit: 'inside', withoutEnlargement: true })
        .toColourspace('srgb');
      const { data, info } = await encode(picture, format).toBuffer({ resolveWithObject: true });
      const extension = extensions[format];
      const { width, height } = info;
      const contentType = contentTypeOfExtension(extension);
      return { bytes: data, contentType, extension, width, height, sha256: hash('sha256', data) };
    } catch (error) {
      if (error instanceof ImageError) throw error;
      throw new ImageError('damaged', 'Cannot be decoded', { cause: error });
    }
  });
}

function checkHeader({ format, pages, width, height }: Metadata, recognised: ImageFormat): void {
  // A file that two programs read as two things is nothing we want.
  if (format !== recognised) throw new ImageError('unsupported_format', `Decoded as ${format}`);
  if ((pages ?? 1) > 1) throw new ImageError('animated', `${pages} frames`);
  if (width * height > inputLimits.pixels) throw new ImageError('too_many_pixels', `${width} × ${height}`);
}

function encode(picture: Sharp, format: ImageFormat): Sharp {
  if (format === 'png') return picture.png({ compressionLevel: 6 });
  return format === 'jpeg' ? picture.jpeg({ quality: 92 }) : picture.webp({ quality: 92 });
}

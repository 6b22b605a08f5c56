import { hash } from 'node:crypto';
import pLimit from 'p-limit';
import sharp, { type Metadata } from 'sharp';
import { rgbaToThumbHash } from 'thumbhash';
import { createOrientationExif, detectFormat, embedMetadata, type ImageFormat } from './containers/index.ts';
import { ImageError } from './image-error.ts';
import { createXmpPacket, type Provenance } from './provenance.ts';
import { contentTypeOfExtension, type ImageContentType, type ImageExtension } from './store.ts';

export type PreparedImage = {
  /** The file as it came, pixel for pixel, with its provenance in place of the metadata it had. */
  bytes: Uint8Array;
  contentType: ImageContentType;
  extension: ImageExtension;
  /** Pixels as displayed, after the orientation is applied. */
  width: number;
  height: number;
  /** Of `bytes`, in lower-case hexadecimal. */
  sha256: string;
  /** WebP in sRGB that fits into 512 × 512 pixels, with the same provenance. */
  thumbnail: { bytes: Uint8Array; width: number; height: number };
  /** Thumbhash in base64: a blurred picture to show while the real one loads. */
  placeholder: string;
};

export const imageLimits = { bytes: 50_000_000, pixels: 40_000_000 };
const thumbnailSide = 512;
const placeholderSide = 100; // the most that thumbhash takes

const extensions = { png: 'png', jpeg: 'jpg', webp: 'webp' } as const satisfies Record<ImageFormat, ImageExtension>;

// Every picture passes once, so libvips' cache would only hold memory.
sharp.cache(false);

/** A picture of 40 megapixels takes some 160 MB while it is decoded: two at once in a process. */
const takeTurns = pLimit(2);

/**
 * Makes a provider's output ours: recognises it by content, checks its size, decodes it whole, writes its provenance
 * into the file and draws its thumbnail. Throws ImageError.
 */
export function prepareImage(input: Uint8Array, provenance: Provenance): Promise<PreparedImage> {
  return takeTurns(async () => {
    const original = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
    if (original.length > imageLimits.bytes) {
      throw new ImageError('too_many_bytes', `${original.length} bytes are more than ${imageLimits.bytes}`);
    }
    const format = detectFormat(original);
    if (!format) throw new ImageError('unsupported_format', 'Neither PNG, JPEG nor WebP');

    const { autoOrient, orientation } = await readHeader(original);
    const xmp = createXmpPacket(provenance);
    const exif = orientation && orientation > 1 ? createOrientationExif(orientation) : null;
    const bytes = embedMetadata(original, format, { xmp, exif });
    const thumbnail = await drawThumbnail(bytes, xmp);
    const extension = extensions[format];
    return {
      bytes,
      contentType: contentTypeOfExtension(extension),
      extension,
      width: autoOrient.width,
      height: autoOrient.height,
      sha256: hash('sha256', bytes),
      thumbnail,
      placeholder: await drawPlaceholder(thumbnail.bytes),
    };
  });
}

async function readHeader(bytes: Buffer): Promise<Metadata> {
  // Our own check below tells too large from damaged, which sharp's limit does not.
  const header = await decoding(sharp(bytes, { limitInputPixels: false }).metadata());
  if (header.width * header.height > imageLimits.pixels) {
    throw new ImageError('too_many_pixels', `${header.width} × ${header.height} is more than ${imageLimits.pixels}`);
  }
  return header;
}

/** Decodes every pixel on the way, so that a file which is cut off is found here. */
async function drawThumbnail(bytes: Buffer, xmp: string): Promise<PreparedImage['thumbnail']> {
  // 'error' refuses what is cut off or broken, and lets pass what decoders merely remark upon, such as an odd profile.
  const picture = sharp(bytes, { failOn: 'error', limitInputPixels: imageLimits.pixels });
  const thumbnail = picture
    .autoOrient()
    .resize(thumbnailSide, thumbnailSide, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 80 })
    .withXmp(xmp);
  const { data, info } = await decoding(thumbnail.toBuffer({ resolveWithObject: true }));
  return { bytes: data, width: info.width, height: info.height };
}

/** From the thumbnail, since the original takes far longer to shrink and looks the same at this size. */
async function drawPlaceholder(thumbnail: Uint8Array): Promise<string> {
  const { data, info } = await sharp(thumbnail)
    .resize(placeholderSide, placeholderSide, { fit: 'inside', withoutEnlargement: true })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64');
}

async function decoding<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (cause) {
    throw new ImageError('damaged', `Cannot be decoded: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

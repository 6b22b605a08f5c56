import type { Readable } from 'node:stream';

/**
 * Where pictures are kept. Every operation may be repeated: putting the same key again replaces it whole, deleting
 * what is not there does nothing. Readers see a picture complete or not at all. An invalid key throws TypeError.
 */
export type ImageStore = {
  /** Resolves once the bytes would survive a power cut. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** The whole picture, or null when there is none. */
  get(key: string): Promise<Uint8Array | null>;
  /**
   * A stream of the picture or of one range of it, or null when there is none. The caller must read or destroy the
   * stream. Throws RangeError when the range begins at or after the end of the picture.
   */
  open(key: string, range?: ByteRange): Promise<OpenedImage | null>;
  delete(key: string): Promise<void>;
};

/** Both ends count from 0 and are included, as in an HTTP `Range`; an absent or too large `end` means the last byte. */
export type ByteRange = { start: number; end?: number };

/** `size` is that of the whole picture in bytes, whatever the range. */
export type OpenedImage = { stream: Readable; size: number; contentType: ImageContentType };

const contentTypes = { png: 'image/png', jpg: 'image/jpeg', webp: 'image/webp' } as const;
export type ImageExtension = keyof typeof contentTypes;
export type ImageContentType = (typeof contentTypes)[ImageExtension];

const longestKey = 200;
const keyPattern = /^[a-z0-9_-][a-z0-9._-]*(?:\/[a-z0-9_-][a-z0-9._-]*)*\.(png|jpg|webp)$/;

/**
 * The content type that a key's extension stands for. Throws TypeError for anything but a key: at most 200
 * characters of `a-z 0-9 . _ -` in parts divided by `/`, none beginning with a dot, ending in .png, .jpg or .webp.
 */
export function contentTypeOfKey(key: string): ImageContentType {
  const extension = key.length <= longestKey ? keyPattern.exec(key)?.[1] : undefined;
  if (!extension) throw new TypeError(`Not a key of an image: ${JSON.stringify(key)}`);
  return contentTypes[extension as ImageExtension];
}

export function contentTypeOfExtension<Extension extends ImageExtension>(extension: Extension) {
  return contentTypes[extension];
}

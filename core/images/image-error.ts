export type ImageErrorCode =
  | 'unsupported_format' // neither PNG, JPEG nor WebP by content
  | 'damaged' // truncated, or cannot be decoded
  | 'animated' // more than one frame
  | 'too_many_bytes'
  | 'too_many_pixels';

/** Bytes that cannot become a picture of ours. The same bytes fail again, so trying again needs new ones. */
export class ImageError extends Error {
  readonly code: ImageErrorCode;
  constructor(code: ImageErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'ImageError';
    this.code = code;
  }
}

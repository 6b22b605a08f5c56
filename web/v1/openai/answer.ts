import type { z } from 'zod';
import { AppError, type Core, convertPicture, type GenerationWithImages } from '../../../core/index.ts';
import { answersInBase64 } from './models.ts';
import type { ImageAsk, imagesSchema } from './schemas.ts';

type Images = z.input<typeof imagesSchema>;
type Picture = GenerationWithImages['images'][number];
type Format = Images['output_format'];
/** What has to be known of a picture to tell of it. */
type Shown = Pick<Picture, 'contentType' | 'width' | 'height'>;

const formats: Record<string, Format> = { 'image/png': 'png', 'image/jpeg': 'jpeg', 'image/webp': 'webp' };
const formatOf = ({ contentType }: Shown): Format => formats[contentType] ?? 'png';

/** Whether the pictures themselves are answered, and not their addresses. */
export const inBase64 = ({ response_format: wanted, model, stream }: ImageAsk): boolean =>
  stream ? true : wanted ? wanted === 'b64_json' : answersInBase64(model);

/** Throws AppError for a generation that brought no picture, or not yet. */
export function expectPictures(core: Core, locale: string, generation: GenerationWithImages): void {
  const { id, state, errorCode } = generation;
  if (state === 'succeeded') return;
  if (!generation.finishedAt) throw new AppError('generation_unfinished', { id });
  if (state === 'moderated') throw new AppError('moderation_blocked', { field: 'prompt' });
  if (state === 'cancelled') throw new AppError('generation_cancelled', { id });
  const why = `failures.${errorCode ?? 'provider_failed'}`;
  throw new AppError('generation_failed', {
    why: core.words.plain(locale, core.words.has(why) ? why : 'failures.provider_failed'),
  });
}

/** A finished generation as OpenAI's API answers. */
export async function presentImages(core: Core, ask: ImageAsk, { images }: GenerationWithImages): Promise<Images> {
  const data: Images['data'] = [];
  // One after another: each may have to be decoded.
  for (const image of images)
    data.push(
      inBase64(ask)
        ? { b64_json: await encode(ask, image, await core.images.read(image)) }
        : { url: core.images.links.make(image.id) },
    );
  return { created: seconds(), data, ...describe(ask, images[0]) };
}

/** The bytes of a picture in base64, in the format that was asked for. */
export async function encode(
  { output_format: wanted, output_compression: quality }: ImageAsk,
  picture: Shown,
  bytes: Uint8Array,
) {
  const format = wanted ?? formatOf(picture);
  const same = format === formatOf(picture) && quality == null;
  return Buffer.from(same ? bytes : await convertPicture(bytes, format, quality ?? 100)).toString('base64');
}

/** What an answer and each event tell of a picture. */
export function describe(ask: ImageAsk, image: Shown | undefined) {
  return {
    background: 'opaque' as const,
    output_format: (inBase64(ask) ? ask.output_format : null) ?? (image ? formatOf(image) : 'png'),
    quality: 'auto' as const,
    size: image ? `${image.width}x${image.height}` : '',
  };
}

export const seconds = () => Math.floor(Date.now() / 1000);

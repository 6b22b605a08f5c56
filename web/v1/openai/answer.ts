import type { Response } from 'express';
import type { z } from 'zod';
import { AppError, type Core, convertPicture, type GenerationWithImages } from '../../../core/index.ts';
import { presentError } from '../../errors.ts';
import { answersInBase64 } from './models.ts';
import type { ImageAsk, imagesSchema } from './schemas.ts';

type Images = z.input<typeof imagesSchema>;
type Picture = GenerationWithImages['images'][number];
type Format = Images['output_format'];
/** The first part of the names of events. */
export type Operation = 'image_generation' | 'image_edit';

const formats: Record<string, Format> = { 'image/png': 'png', 'image/jpeg': 'jpeg', 'image/webp': 'webp' };
const formatOf = ({ contentType }: Picture): Format => formats[contentType] ?? 'png';

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
    data.push(inBase64(ask) ? { b64_json: await encode(core, ask, image) } : { url: core.images.links.make(image.id) });
  return { created: seconds(), data, ...describe(ask, images[0]) };
}

/** The same as events, one a picture. Once begun, a refusal is an event too. */
export async function streamImages(
  response: Response,
  core: Core,
  {
    ask,
    operation,
    locale,
    wait,
  }: { ask: ImageAsk; operation: Operation; locale: string; wait: () => Promise<GenerationWithImages> },
): Promise<void> {
  response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  response.flushHeaders();
  const send = (event: string, told: object) => {
    if (!response.writableEnded) response.write(`event: ${event}\ndata: ${JSON.stringify(told)}\n\n`);
  };
  const heartbeat = setInterval(() => response.writableEnded || response.write(': still drawing\n\n'), 15_000);
  try {
    const generation = await wait();
    expectPictures(core, locale, generation);
    for (const image of generation.images) {
      const type = `${operation}.completed`;
      const b64 = await encode(core, ask, image);
      send(type, { type, b64_json: b64, created_at: seconds(), ...describe(ask, image), usage: noTokens });
    }
  } catch (error) {
    const refusal =
      error instanceof AppError ? error : new AppError('internal', { request: response.locals.requestId });
    if (refusal !== error) core.log.error({ err: error, request: response.locals.requestId }, 'a stream failed');
    send('error', { error: presentError(core, locale, refusal) });
  } finally {
    clearInterval(heartbeat);
    response.end();
  }
}

async function encode(core: Core, { output_format: wanted, output_compression: quality }: ImageAsk, image: Picture) {
  const bytes = await core.images.read(image);
  const format = wanted ?? formatOf(image);
  const same = format === formatOf(image) && quality == null;
  return Buffer.from(same ? bytes : await convertPicture(bytes, format, quality ?? 100)).toString('base64');
}

function describe(ask: ImageAsk, image: Picture | undefined) {
  return {
    background: 'opaque' as const,
    output_format: (inBase64(ask) ? ask.output_format : null) ?? (image ? formatOf(image) : 'png'),
    quality: 'auto' as const,
    size: image ? `${image.width}x${image.height}` : '',
  };
}

const seconds = () => Math.floor(Date.now() / 1000);
/** Pictures are what is counted here; clients expect the field in events. */
const noTokens = {
  input_tokens: 0,
  output_tokens: 0,
  total_tokens: 0,
  input_tokens_details: { image_tokens: 0, text_tokens: 0 },
};

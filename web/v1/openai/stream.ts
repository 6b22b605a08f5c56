import type { Response } from 'express';
import { AppError, type Core, type GenerationWithImages, type Preview } from '../../../core/index.ts';
import { presentError } from '../../errors.ts';
import { describe, encode, expectPictures, seconds } from './answer.ts';
import type { ImageAsk } from './schemas.ts';

/** The first part of the names of events. */
export type Operation = 'image_generation' | 'image_edit';
type Streamed = {
  ask: ImageAsk;
  operation: Operation;
  locale: string;
  generation: GenerationWithImages;
  /** Aborted when nobody listens any more, or it has taken too long. */
  over: AbortSignal;
};

const heartbeatMs = 15_000;

/**
 * A generation as events of OpenAI's API: up to `partial_images` of its first picture as it comes to be, where the
 * provider shows that, then each picture. Once begun, a refusal is an event too.
 */
export async function streamImages(response: Response, core: Core, streamed: Streamed): Promise<void> {
  const { ask, operation, locale } = streamed;
  response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  response.flushHeaders();
  const send = (event: string, told: object) => {
    if (!response.writableEnded) response.write(`event: ${event}\ndata: ${JSON.stringify(told)}\n\n`);
  };
  const tell = (name: 'partial_image' | 'completed', told: object) => {
    const type = `${operation}.${name}`;
    send(type, { type, created_at: seconds(), ...told });
  };
  const heartbeat = setInterval(() => response.writableEnded || response.write(': still drawing\n\n'), heartbeatMs);
  try {
    const generation = await watch(core, streamed, (partial) => tell('partial_image', partial));
    expectPictures(core, locale, generation);
    for (const image of generation.images) {
      const b64 = await encode(ask, image, await core.images.read(image));
      tell('completed', { b64_json: b64, ...describe(ask, image), usage: noTokens });
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

/** Follows a generation to its end and shows what there is to see on the way. Answers it as it was last. */
async function watch(core: Core, { ask, generation, over }: Streamed, show: (partial: object) => void) {
  const { follow, preview } = core.generations;
  let latest = generation;
  let step: string | null = null;
  let shown = 0;
  for await (const seen of follow(generation.accountId, generation.id, over)) {
    latest = seen;
    const seeable: Preview | null = shown < (ask.partial_images ?? 0) ? await preview(seen, step) : null;
    if (!seeable) continue;
    const picture = { ...seeable, contentType: 'image/png' };
    const b64 = await encode(ask, picture, seeable.bytes);
    show({ b64_json: b64, partial_image_index: shown, ...describe(ask, picture) });
    step = seeable.step;
    shown++;
  }
  return latest;
}

/** Pictures are what is counted here; clients expect the field in events. */
const noTokens = {
  input_tokens: 0,
  output_tokens: 0,
  total_tokens: 0,
  input_tokens_details: { image_tokens: 0, text_tokens: 0 },
};

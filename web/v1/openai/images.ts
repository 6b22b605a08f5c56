import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { AppError, type Core } from '../../../core/index.ts';
import { createAccept, readIdempotencyKey, whenGone } from '../accept.ts';
import { callerOf, refuseKeysInBody, writeLimits } from '../auth.ts';
import { readBody } from '../requests.ts';
import { expectPictures, inBase64, presentImages } from './answer.ts';
import { readForm } from './form.ts';
import { chooseModel, nearestRatio } from './models.ts';
import { openaiNames } from './names.ts';
import { editSchema, generateSchema, type ImageAsk } from './schemas.ts';
import { type Operation, streamImages } from './stream.ts';

/** OpenAI's clients give up after ten minutes. */
const longestWaitSeconds = 300;

type Picture = { id: string; width: number; height: number };
/** Stands for a picture while all that is asked is whether one may be brought. */
const notSeenYet: Picture = { id: 'image', width: 1, height: 1 };

/** The two ways to ask for pictures in OpenAI's terms. Both answer when the pictures are there. */
export function createImageHandlers({ core }: { core: Core }) {
  const accept = createAccept({ core });

  async function generate(request: Request, response: Response): Promise<void> {
    const ask = readBody(request, generateSchema);
    await answer(request, response, { ask, operation: 'image_generation', picture: null, asked: ask });
  }

  async function edit(request: Request, response: Response): Promise<void> {
    const { fields, files } = await readForm(request);
    request.body = fields;
    refuseKeysInBody(request, response, () => {});
    const ask = readBody(request, editSchema);
    if (files.some(({ name }) => name === 'mask')) throw new AppError('mask_unsupported', { field: 'mask' });
    const [file, more] = files;
    if (file?.name !== 'image' || more) throw new AppError('invalid_input', { field: 'image', allowed: '1 file' });
    // What cannot be done is refused before the picture is worked on.
    const { account, key } = callerOf(response);
    await openaiNames(() => core.generations.estimate(account, toInput(ask, notSeenYet), key));
    const sha256 = createHash('sha256').update(file.bytes).digest('hex');
    const picture = await core.images.inputs.upload(account.id, file.bytes);
    await answer(request, response, { ask, operation: 'image_edit', picture, asked: { ...ask, image: sha256 } });
  }

  async function answer(
    request: Request,
    response: Response,
    details: { ask: ImageAsk; operation: Operation; picture: Picture | null; asked: object },
  ): Promise<void> {
    const { ask, operation, picture, asked } = details;
    const caller = callerOf(response);
    const locale = core.words.pick(request.acceptsLanguages()[0]);
    const gone = whenGone(response);
    const input = toInput(ask, picture);
    const begin = (waitSeconds: number) =>
      openaiNames(() =>
        accept({
          caller,
          input,
          asked: { operation, ...asked },
          idempotencyKey: readIdempotencyKey(request),
          waitSeconds,
          gone: () => gone,
        }),
      );
    if (ask.stream) {
      const { generation, receipt } = await begin(0);
      if (receipt) writeLimits(response, receipt);
      const over = AbortSignal.any([AbortSignal.timeout(longestWaitSeconds * 1000), gone]);
      await streamImages(response, core, { ask, operation, locale, generation, over });
      return;
    }
    const { generation, receipt, repeated } = await begin(longestWaitSeconds);
    if (receipt) writeLimits(response, receipt);
    if (repeated) response.set('idempotent-replayed', 'true');
    // Whoever left finds it by GET /v1/generations.
    if (gone.aborted) return;
    // A client that tried again would be asking for another picture.
    response.set({ 'x-should-retry': 'false', 'easel-generation': generation.id });
    expectPictures(core, locale, generation);
    const images = await presentImages(core, ask, generation);
    response.removeHeader('x-should-retry');
    response.set('cache-control', 'no-store').json(images);
  }

  /** Throws AppError for what can be told without looking at the picture. Answers the model. */
  function checkAsk(ask: ImageAsk, fromPicture: boolean) {
    const model = chooseModel(core, { wanted: ask.model, fromPicture });
    if (fromPicture && !model.imageInput) {
      const near = core.models.filter(({ imageInput }) => imageInput).map(({ id }) => id);
      throw new AppError('image_unsupported', { field: 'model', model: model.id, near: near.join(', ') || '—' });
    }
    if (ask.output_format && ask.output_format !== 'png' && !inBase64(ask))
      throw new AppError('invalid_input', { field: 'output_format', allowed: 'png; response_format=b64_json' });
    return model;
  }

  function toInput(ask: ImageAsk, picture: Picture | null) {
    const model = checkAsk(ask, picture !== null);
    const style = ask.style === 'vivid' || ask.style === 'natural' ? undefined : (ask.style ?? undefined);
    return {
      prompt: ask.prompt,
      model: model.id,
      count: ask.n ?? 1,
      style,
      aspectRatio: chooseRatio(ask.size, model, picture) ?? undefined,
      imageId: picture?.id,
    };
  }

  return { generate, edit };
}

/** The format for a size; of the picture to start from when none is asked for. Throws AppError `invalid_input`. */
function chooseRatio(size: string | null | undefined, model: Core['models'][number], picture: Picture | null) {
  if (!size || size === 'auto') return picture && nearestRatio(model, picture);
  const [width, height] = size.split('x').map(Number) as [number, number];
  const ratio = width && height ? nearestRatio(model, { width, height }) : null;
  if (!ratio) throw new AppError('invalid_input', { field: 'size', allowed: model.aspectRatios.join(', ') });
  return ratio;
}

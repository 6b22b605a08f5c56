import type { Core } from '../../../core/index.ts';
import { AppError } from '../../../core/index.ts';

type Model = Core['models'][number];

/** What programs written for OpenAI ask for: here the first model that can do it. */
const openaiNames = /^(?:gpt-image|chatgpt-image|dall-e)(?:-[a-z0-9.-]{1,40})?$/;
/** Since when the list has stood as it is, in Unix seconds: models here are born with a release. */
const listedSince = Date.UTC(2026, 0, 1) / 1000;

/**
 * The model for a request: ours by its own name, the default for one of OpenAI's names or none. With a picture the
 * default is the first that can start from one. Throws AppError `model_not_found`.
 */
export function chooseModel(
  core: Pick<Core, 'models'>,
  { wanted, fromPicture }: { wanted: string | null | undefined; fromPicture: boolean },
): Model {
  const own = wanted ? core.models.find(({ id }) => id === wanted) : undefined;
  if (own) return own;
  if (wanted && !openaiNames.test(wanted)) throw unknownModel(wanted);
  const fallback = (fromPicture && core.models.find(({ imageInput }) => imageInput)) || core.models[0];
  if (!fallback) throw unknownModel(wanted ?? '');
  return fallback;
}

/** Whether programs that ask for this model expect the picture itself and not its address. */
export function answersInBase64(wanted: string | null | undefined): boolean {
  return /^(?:chat)?gpt-image/.test(wanted ?? '');
}

/** A model as OpenAI's API tells of one, and what it can do. */
export function presentModel(model: Model, id = model.id) {
  return {
    id,
    object: 'model' as const,
    created: listedSince,
    owned_by: model.provider,
    title: model.title,
    aspect_ratios: [...model.aspectRatios],
    max_count: model.maxCount,
    negative_prompt: model.negativePrompt,
    image_input: model.imageInput,
  };
}

/** The format nearest to a size in pixels that the model has; null when none is near. */
export function nearestRatio(model: Model, { width, height }: { width: number; height: number }): string | null {
  const distance = (ratio: string) => {
    const [across = 1, down = 1] = ratio.split(':').map(Number);
    return Math.abs(Math.log((width * down) / (height * across)));
  };
  const [nearest] = [...model.aspectRatios].sort((a, b) => distance(a) - distance(b));
  // Beyond a fifth it is another picture.
  return nearest && distance(nearest) < Math.log(1.2) ? nearest : null;
}

const unknownModel = (model: string) => new AppError('model_not_found', { field: 'model', model: model.slice(0, 64) });

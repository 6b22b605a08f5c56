import { z } from 'zod';
import { type AspectRatio, aspectRatios, type ImageModel, type ImageRequest, ProviderError } from '../port.ts';

/** One model at Replicate and how a request is put in its own terms. */
export type ReplicateModel = ImageModel & {
  /** `owner/name`; all are official models, which run without a version. */
  path: `${string}/${string}`;
  /** `image` is the address of the picture to start from, or null. */
  toInput(request: ImageRequest, image: string | null): Record<string, unknown>;
};

/**
 * The models on offer, the default first. Inputs follow each model's API page. Prices are what
 * replicate.com/pricing was last known to say; they only estimate the operator's cost and never a member's.
 * Adding one is adding an entry here.
 */
export const replicateModels: readonly ReplicateModel[] = [
  {
    ...describe('flux-schnell', 'FLUX.1 schnell', {
      priceMicros: 3_000,
      typicalSeconds: 2,
      maxCount: 4,
    }),
    path: 'black-forest-labs/flux-schnell',
    // The quantised fast path ignores the seed, and a picture has to be repeatable.
    toInput: (request) => ({
      ...base(request),
      ...seeded(request),
      ...counted(request),
      go_fast: false,
    }),
  },
  {
    // The first that takes a picture, and so the default for edits: it follows instructions about what it is given.
    ...describe('flux-kontext-pro', 'FLUX.1 Kontext pro', {
      priceMicros: 40_000,
      typicalSeconds: 8,
      imageInput: true,
    }),
    path: 'black-forest-labs/flux-kontext-pro',
    toInput: (request, image) => ({
      ...base(request),
      ...seeded(request),
      // The most that it allows with a picture.
      safety_tolerance: 2,
      ...(image ? { input_image: image } : {}),
    }),
  },
  {
    ...describe('flux-dev', 'FLUX.1 dev', {
      priceMicros: 25_000,
      typicalSeconds: 6,
      maxCount: 4,
      imageInput: true,
    }),
    path: 'black-forest-labs/flux-dev',
    toInput: (request, image) => ({
      ...base(request),
      ...seeded(request),
      ...counted(request),
      go_fast: false,
      ...redrawn(image),
    }),
  },
  {
    ...describe('flux-1.1-pro', 'FLUX 1.1 pro', {
      priceMicros: 40_000,
      typicalSeconds: 5,
    }),
    path: 'black-forest-labs/flux-1.1-pro',
    toInput: (request) => ({
      ...base(request),
      ...seeded(request),
      safety_tolerance: 2,
    }),
  },
  {
    // 15 thousandths of a dollar a run and as much again for its one megapixel.
    ...describe('flux-2-pro', 'FLUX.2 pro', {
      priceMicros: 30_000,
      typicalSeconds: 9,
      imageInput: true,
    }),
    path: 'black-forest-labs/flux-2-pro',
    toInput: (request, image) => ({
      ...base(request),
      ...seeded(request),
      resolution: '1 MP',
      safety_tolerance: 2,
      ...(image ? { input_images: [image] } : {}),
    }),
  },
  {
    ...describe('imagen-4', 'Imagen 4', {
      priceMicros: 40_000,
      typicalSeconds: 10,
      aspectRatios: ['1:1', '16:9', '9:16', '4:3', '3:4'],
    }),
    path: 'google/imagen-4',
    toInput: (request) => ({
      ...base(request),
      safety_filter_level: 'block_medium_and_above',
    }),
  },
  {
    ...describe('ideogram-v3-turbo', 'Ideogram 3 turbo', {
      priceMicros: 30_000,
      typicalSeconds: 8,
    }),
    path: 'ideogram-ai/ideogram-v3-turbo',
    toInput: (request) => ({
      prompt: request.prompt,
      aspect_ratio: request.aspectRatio,
      ...seeded(request),
      // Members see the prompt that was drawn: the model must not write another.
      magic_prompt_option: 'Off',
    }),
  },
  {
    ...describe('stable-diffusion-3.5-large', 'Stable Diffusion 3.5 large', {
      priceMicros: 65_000,
      typicalSeconds: 12,
      negativePrompt: true,
      imageInput: true,
      aspectRatios: ['1:1', '16:9', '9:16', '3:2', '2:3'],
    }),
    path: 'stability-ai/stable-diffusion-3.5-large',
    toInput: (request, image) => ({
      ...base(request),
      ...seeded(request),
      ...negative(request),
      ...redrawn(image),
    }),
  },
  {
    ...describe('qwen-image', 'Qwen Image', {
      priceMicros: 25_000,
      typicalSeconds: 14,
      negativePrompt: true,
    }),
    path: 'qwen/qwen-image',
    toInput: (request) => ({
      ...base(request),
      ...seeded(request),
      ...negative(request),
    }),
  },
  {
    ...describe('recraft-v3', 'Recraft 3', {
      priceMicros: 40_000,
      typicalSeconds: 9,
    }),
    path: 'recraft-ai/recraft-v3',
    toInput: (request) => ({
      prompt: request.prompt,
      size: recraftSizes[request.aspectRatio],
    }),
  },
  {
    ...describe('seedream-4', 'Seedream 4', {
      priceMicros: 30_000,
      typicalSeconds: 14,
      imageInput: true,
    }),
    path: 'bytedance/seedream-4',
    toInput: (request, image) => ({
      prompt: request.prompt,
      aspect_ratio: request.aspectRatio,
      size: '2K',
      enhance_prompt: false,
      ...(image ? { image_input: [image] } : {}),
    }),
  },
];

/**
 * The model's own input for a request, and for the address of its picture. Throws ProviderError `provider_rejected`
 * for a model, a format, a count, a negative prompt or a picture that the model does not have.
 */
export function toReplicateInput(
  request: ImageRequest,
  image: string | null = null,
): {
  model: ReplicateModel;
  input: Record<string, unknown>;
} {
  const model = replicateModels.find(({ id }) => id === request.model.id);
  if (!model) throw new ProviderError('provider_rejected', `Replicate has no model ${request.model.id} here`);
  const checked = limitsOf(model).safeParse(request);
  if (!checked.success) {
    const wrong = checked.error.issues.map((issue) => issue.path.join('.')).join(', ');
    throw new ProviderError('provider_rejected', `${model.id} cannot do this: ${wrong}`);
  }
  return { model, input: model.toInput(request, image) };
}

function limitsOf(model: ReplicateModel) {
  return z.object({
    prompt: z.string().min(1),
    negativePrompt: model.negativePrompt ? z.string().nullable() : z.null(),
    aspectRatio: z.enum(model.aspectRatios as [AspectRatio]),
    seed: z.number().int().min(0).max(2_147_483_647),
    count: z.number().int().min(1).max(model.maxCount),
    image: model.imageInput ? z.unknown() : z.null(),
  });
}

function describe(
  id: string,
  title: string,
  rest: Pick<ImageModel, 'priceMicros' | 'typicalSeconds'> & Partial<ImageModel>,
): ImageModel {
  return {
    id,
    title,
    provider: 'replicate',
    aspectRatios,
    negativePrompt: false,
    imageInput: false,
    maxCount: 1,
    ...rest,
  };
}

// PNG wherever it can be chosen: what we keep should not have been compressed before.
const base = ({ prompt, aspectRatio }: ImageRequest) => ({
  prompt,
  aspect_ratio: aspectRatio,
  output_format: 'png',
});
const seeded = ({ seed }: ImageRequest) => ({ seed });
const counted = ({ count }: ImageRequest) => ({ num_outputs: count });
const negative = ({ negativePrompt }: ImageRequest) => (negativePrompt ? { negative_prompt: negativePrompt } : {});
/** Image to image: how much of the picture may change. Its own shape wins over the aspect ratio. */
const redrawn = (image: string | null) => (image ? { image, prompt_strength: 0.8 } : {});

const recraftSizes: Record<AspectRatio, string> = {
  '1:1': '1024x1024',
  '16:9': '1820x1024',
  '9:16': '1024x1820',
  '4:3': '1365x1024',
  '3:4': '1024x1365',
  '3:2': '1536x1024',
  '2:3': '1024x1536',
};

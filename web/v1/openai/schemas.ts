import { z } from 'zod';

/** The bodies of OpenAI's Images API. Clients send null for what they leave open. */

const shared = {
  prompt: z.string().max(50_000).describe('What to draw; up to 1,000 characters'),
  model: z
    .string()
    .max(64)
    .nullish()
    .describe("One of `GET /v1/models`; OpenAI's own names, such as `gpt-image-1`, stand for the first"),
  n: z.int().min(1).max(10).nullish().describe('How many, 1 without it; each model has its own most'),
  size: z
    .string()
    .regex(/^(?:auto|\d{2,4}x\d{2,4})$/, 'auto, 1024x1024, 1536x1024, 1024x1536, …')
    .nullish()
    .describe('Width × height: the nearest format of the model is drawn'),
  quality: z
    .enum(['auto', 'low', 'medium', 'high', 'xhigh', 'max', 'standard', 'hd'])
    .nullish()
    .describe('Accepted; each model has one quality'),
  response_format: z
    .enum(['url', 'b64_json'])
    .nullish()
    .describe('`url` without it, `b64_json` for models named `gpt-image-…`'),
  output_format: z
    .enum(['png', 'jpeg', 'webp'])
    .nullish()
    .describe('Of `b64_json`; the file as it was made without it'),
  output_compression: z.int().min(0).max(100).nullish().describe('Quality of JPEG and WebP, 100 without it'),
  background: z.enum(['auto', 'opaque']).nullish(),
  moderation: z.enum(['auto', 'low']).nullish().describe('Accepted; the rules are the same for everyone'),
  stream: z.boolean().nullish().describe('Answer by server-sent events'),
  partial_images: z
    .int()
    .min(0)
    .max(3)
    .nullish()
    .describe(
      'With `stream`: how often at most to show the first picture before it is done, where its model does that',
    ),
  user: z.string().max(512).nullish().describe('Accepted and not kept'),
  safety_identifier: z.string().max(512).nullish().describe('Accepted and not kept'),
};

export const generateSchema = z
  .strictObject({
    ...shared,
    style: z.string().max(64).nullish().describe('A ready-made look; `vivid` and `natural` are accepted'),
  })
  .meta({ id: 'OpenaiImageRequest' });

/** The fields of the form; its files stand beside them. */
export const editSchema = z.strictObject({
  ...shared,
  input_fidelity: z.enum(['high', 'low']).nullish().describe('Accepted'),
});

/** The form as the document shows it. */
export const editFormSchema = editSchema
  .extend({ image: z.file().describe('The picture to start from: PNG, JPEG or WebP, up to 20 MB') })
  .meta({ id: 'OpenaiImageEdit' });

export type ImageAsk = z.output<typeof editSchema> & { style?: string | null | undefined };

export const imagesSchema = z
  .object({
    created: z.int().describe('Unix seconds'),
    data: z.array(
      z.object({
        url: z.url().optional().describe('Opens without a key for a day'),
        b64_json: z.string().optional(),
      }),
    ),
    background: z.literal('opaque'),
    output_format: z.enum(['png', 'jpeg', 'webp']),
    quality: z.literal('auto'),
    size: z.string().describe('Width × height of what was drawn'),
  })
  .meta({ id: 'OpenaiImages' });

export const modelSchema = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: z.int().describe('Unix seconds'),
    owned_by: z.string(),
    title: z.string(),
    aspect_ratios: z.array(z.string()),
    max_count: z.int(),
    negative_prompt: z.boolean(),
    image_input: z.boolean(),
  })
  .meta({ id: 'Model' });

export const modelsSchema = z.object({ object: z.literal('list'), data: z.array(modelSchema) });

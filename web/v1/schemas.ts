import { z } from 'zod';
import { aspectRatios, generationStatuses } from '../../core/index.ts';

/** What the REST API takes and answers. Each schema with an `id` is one of the document's components. */

const time = z.iso.datetime().describe('ISO 8601, UTC');

const receiptSchema = z
  .object({
    limit: z.string().describe('Which limit decided: daily, monthly, per_minute, cooldown, concurrent'),
    max: z.int(),
    used: z.int(),
    remaining: z.int(),
    resets_at: time.nullable().describe('When it is free again; null when that is as soon as running work ends'),
    hint: z
      .string()
      .describe(
        'What would help: wait, premium, top_up, premium_or_top_up, finish; key_cap: it is the cap of the key itself',
      ),
    top_up_remaining: z
      .int()
      .optional()
      .describe('Of daily and monthly, while there are any: images left of the top-ups, spent after the plan'),
  })
  .meta({ id: 'Receipt' });

export const errorSchema = z
  .object({
    error: z.object({
      type: z.enum([
        'invalid_request_error',
        'authentication_error',
        'permission_error',
        'rate_limit_error',
        'api_error',
      ]),
      code: z.string().describe('Stable name of the refusal; the table of codes lists all'),
      message: z.string().describe('For people, in the language of Accept-Language'),
      param: z.string().optional().describe('The field it is about'),
      receipt: receiptSchema.optional(),
    }),
  })
  .meta({ id: 'Error' });

export const imageSchema = z
  .object({
    id: z.uuid(),
    generation_id: z.uuid(),
    index: z.int(),
    url: z.url().describe('Its bytes; opens without a key for a day'),
    thumbnail_url: z.url().describe('The same, small, as WebP'),
    content_type: z.string(),
    bytes: z.int(),
    width: z.int(),
    height: z.int(),
    sha256: z.string(),
    placeholder: z.string().describe('Thumbhash, base64: a blurred picture to show while the real one loads'),
    visibility: z.enum(['private', 'unlisted', 'public']),
    favourite: z.boolean(),
    created_at: time,
  })
  .meta({ id: 'Image' });

export const generationSchema = z
  .object({
    id: z.uuid(),
    ref: z.string().describe('Short name for people, the same in the chats'),
    status: z.enum(generationStatuses),
    prompt: z.string(),
    negative_prompt: z.string().nullable(),
    model: z.string(),
    style: z.string().nullable(),
    aspect_ratio: z.string(),
    count: z.int(),
    seed: z.int(),
    image_id: z.uuid().nullable().describe('The picture it starts from'),
    queue_position: z.int().nullable().describe('1 is next; null unless queued'),
    eta_seconds: z.int().nullable(),
    progress: z.number().nullable().describe('0 to 1; null while unknown'),
    images: z.array(imageSchema),
    error: z.object({ code: z.string(), message: z.string() }).optional().describe('Why there is no picture'),
    created_at: time,
    started_at: time.nullable(),
    finished_at: time.nullable(),
  })
  .meta({ id: 'Generation' });

export const newGenerationSchema = z
  .strictObject({
    prompt: z.string().max(50_000).describe('What to draw; up to 1,000 characters'),
    negative_prompt: z.string().max(50_000).optional().describe('What to keep out, where the model can'),
    aspect_ratio: z.enum(aspectRatios).optional().describe('1:1 without it'),
    style: z.string().max(64).optional().describe('A ready-made look'),
    model: z.string().max(64).optional().describe("The service's first choice without it"),
    count: z.int().min(1).max(10).optional().describe('Images, 1 without it; each model has its own most'),
    seed: z.int().min(0).max(2_147_483_647).optional().describe('The same seed draws the same again'),
    image_url: z.string().max(8_000_000).optional().describe('A picture to start from: an https address'),
    image_id: z.uuid().optional().describe('A picture of yours to start from'),
  })
  .meta({ id: 'NewGeneration' });

export const estimateSchema = z
  .object({
    dry_run: z.literal(true),
    allowed: z.boolean().describe('Whether the quota would let it through now'),
    model: z.string(),
    cost: z.object({
      images: z.int().describe('Taken from the quota'),
      usd: z.number().describe('What the provider is expected to charge the operator'),
    }),
    receipt: receiptSchema,
  })
  .meta({ id: 'Estimate' });

export const idParams = z.object({ id: z.string().describe('Its id') });

/** A yes or no in a query. */
export const queryBoolean = () => z.stringbool().meta({ type: 'boolean' });

/** How lists are asked for. */
export const pageShape = {
  limit: z.coerce.number().int().min(1).max(100).default(20).describe('Rows a page'),
  cursor: z.string().max(200).optional().describe('`next_cursor` of the page before'),
};

/** How lists are answered. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    data: z.array(item),
    next_cursor: z.string().nullable().describe('Asks for the next page; null at the end'),
  });
}

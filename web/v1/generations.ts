import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import {
  AppError,
  type Core,
  type GenerationWithImages,
  generationStatuses,
  presentGeneration,
} from '../../core/index.ts';
import { createAccept, readIdempotencyKey, whenGone } from './accept.ts';
import { type Auth, callerOf, tellLimits, writeLimits } from './auth.ts';
import { followGeneration } from './generation-events.ts';
import { restNames } from './names.ts';
import { describeRoute } from './openapi.ts';
import { jsonBody, readBody, readQuery } from './requests.ts';
import {
  estimateSchema,
  generationSchema,
  idParams,
  listOf,
  newGenerationSchema,
  pageShape,
  queryBoolean,
} from './schemas.ts';

const longestWaitSeconds = 60;

const createQuery = z.strictObject({
  dry_run: queryBoolean().default(false).describe('Only says what it would cost'),
});
const listQuery = z.strictObject({ ...pageShape, status: z.enum(generationStatuses).optional() });
const createHeaders = z.object({
  'Idempotency-Key': z
    .string()
    .optional()
    .describe('Up to 190 characters of your choice: for 24 hours the same key with the same body is the same request'),
  Prefer: z
    .string()
    .optional()
    .describe('`wait=30`: answer when it has ended, at the latest after so many seconds, up to 60'),
});

/** Asking for pictures, looking at what becomes of it, cancelling. */
export function createGenerationRoutes({ core, auth }: { core: Core; auth: Auth }): Router {
  const router = express.Router();
  const accept = createAccept({ core });
  const present = createPresent(core);

  const create = async (request: Request, response: Response) => {
    const caller = callerOf(response);
    const { dry_run: dryRun } = readQuery(request, createQuery);
    const asked = readBody(request, newGenerationSchema);
    const input = toInput(asked);
    if (asked.image_url !== undefined && asked.image_id !== undefined)
      throw new AppError('invalid_input', { field: 'image_id', allowed: 'image_url | image_id' });
    if (dryRun) {
      const estimate = await restNames(() => core.generations.estimate(caller.account, input, caller.key));
      writeLimits(response, estimate.receipt);
      response.json(presentEstimate(estimate));
      return;
    }
    const waitSeconds = readWait(request);
    const idempotencyKey = readIdempotencyKey(request);
    const fetchPicture = pictureOf(core, caller.account.id, asked);
    const gone = () => whenGone(response);
    const answered = await restNames(() =>
      accept({ caller, input, asked, idempotencyKey, waitSeconds, fetchPicture, gone }),
    );
    const { generation, receipt, repeated } = answered;
    if (receipt) writeLimits(response, receipt);
    else await tellLimits(core, response);
    if (repeated) response.set('idempotent-replayed', 'true');
    if (waitSeconds) response.set('preference-applied', `wait=${waitSeconds}`);
    response
      .status(waitSeconds && generation.finishedAt ? 200 : 202)
      .location(`/v1/generations/${generation.id}`)
      .json(await present(generation));
  };
  router.post('/v1/generations', auth('generate', { decides: true }), jsonBody, create);

  router.get('/v1/generations', auth('read'), async (request, response) => {
    const wanted = readQuery(request, listQuery);
    const { items, nextCursor } = await core.generations.page(callerOf(response).account.id, wanted);
    response.json({ data: await Promise.all(items.map(present)), next_cursor: nextCursor });
  });

  router.get('/v1/generations/:id', auth('read'), async (request, response) => {
    response.json(
      await present(await core.generations.get(callerOf(response).account.id, request.params.id as string)),
    );
  });

  router.post('/v1/generations/:id/cancel', auth('generate'), async (request, response) => {
    const { account } = callerOf(response);
    response.json(await present(await core.generations.cancel(account.id, request.params.id as string)));
  });

  router.get('/v1/generations/:id/events', auth('read'), async (request, response) => {
    const { account } = callerOf(response);
    const generation = await core.generations.get(account.id, request.params.id as string);
    await followGeneration(request, response, { core, generation, present });
  });
  return router;
}

/** A generation as it leaves, with its place in the queue and links that open. */
export function createPresent(core: Core) {
  return async (generation: GenerationWithImages) =>
    presentGeneration(generation, {
      standing: await core.generations.standing(generation),
      words: core.words,
      publicUrl: core.settings.publicUrl,
      links: core.images.links,
    });
}

function toInput(asked: z.output<typeof newGenerationSchema>) {
  return {
    prompt: asked.prompt,
    negativePrompt: asked.negative_prompt,
    model: asked.model,
    style: asked.style,
    aspectRatio: asked.aspect_ratio,
    count: asked.count,
    seed: asked.seed,
    // A dry run brings no picture, but needs a model that could take it.
    imageId: asked.image_id ?? asked.image_url,
  };
}

/** How the picture to start from is had; undefined when there is none. */
function pictureOf(
  core: Core,
  accountId: string,
  { image_id: imageId, image_url: imageUrl }: z.output<typeof newGenerationSchema>,
): (() => Promise<string>) | undefined {
  const { inputs } = core.images;
  if (imageId !== undefined) return async () => (await inputs.find(accountId, imageId)).id;
  if (imageUrl !== undefined) return async () => (await inputs.fromUrl(accountId, imageUrl)).id;
  return undefined;
}

function presentEstimate({
  model,
  count,
  priceMicros,
  allowed,
  receipt,
}: Awaited<ReturnType<Core['generations']['estimate']>>): z.input<typeof estimateSchema> {
  return { dry_run: true, allowed, model: model.id, cost: { images: count, usd: priceMicros / 1_000_000 }, receipt };
}

/** `wait` of RFC 7240, in seconds; what cannot be read is no preference. */
function readWait(request: Request): number {
  const wait = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(request.get('prefer') ?? '')?.[1];
  return Math.min(longestWaitSeconds, Number(wait ?? 0));
}

const example = { prompt: 'a red fox in the snow', aspect_ratio: '16:9', style: 'watercolor' };

export const generationRoutes = [
  describeRoute({
    method: 'post',
    path: '/v1/generations',
    tag: 'Generations',
    summary: 'Ask for pictures',
    description:
      'Answers at once with a generation to follow, or with `Prefer: wait=30` when it has ended. Nothing is charged for what fails or is cancelled.',
    scope: 'generate',
    query: createQuery,
    headers: createHeaders,
    request: { body: newGenerationSchema, example },
    responses: {
      200: {
        description: 'It has ended within the time to wait; or, with `dry_run=true`, what it would cost',
        schema: z.union([generationSchema, estimateSchema]),
        headers: { 'Preference-Applied': 'How long the answer could have taken' },
      },
      202: {
        description: 'Accepted',
        schema: generationSchema,
        headers: {
          Location: 'Where it is found',
          'Idempotent-Replayed': '`true` when the key had been used for it before',
        },
      },
    },
    errors: [
      'invalid_input',
      'unknown_field',
      'unknown_choice',
      'prompt_missing',
      'prompt_too_long',
      'prompt_unreadable',
      'prompt_refused',
      'prompt_blocked',
      'negative_unsupported',
      'image_unsupported',
      'image_unreadable',
      'image_too_large',
      'image_url_refused',
      'image_url_failed',
      'not_found',
      'upload_limit',
      'account_suspended',
      'idempotency_in_flight',
      'payload_too_large',
      'unsupported_media_type',
      'idempotency_mismatch',
      'quota_exceeded',
      'quota_unavailable',
    ],
  }),
  describeRoute({
    method: 'get',
    path: '/v1/generations',
    tag: 'Generations',
    summary: 'List generations, newest first',
    scope: 'read',
    query: listQuery,
    responses: { 200: { description: 'A page', schema: listOf(generationSchema) } },
    errors: ['invalid_input', 'unknown_field'],
  }),
  describeRoute({
    method: 'get',
    path: '/v1/generations/{id}',
    tag: 'Generations',
    summary: 'Look at one',
    scope: 'read',
    params: idParams,
    responses: { 200: { description: 'The generation', schema: generationSchema } },
    errors: ['not_found'],
  }),
  describeRoute({
    method: 'post',
    path: '/v1/generations/{id}/cancel',
    tag: 'Generations',
    summary: 'Cancel one, with refund',
    description: 'What waits ends at once; what runs is stopped at the provider, and `status` says when it has ended.',
    scope: 'generate',
    params: idParams,
    responses: { 200: { description: 'The generation', schema: generationSchema } },
    errors: ['not_found', 'already_ended'],
  }),
  describeRoute({
    method: 'get',
    path: '/v1/generations/{id}/events',
    tag: 'Generations',
    summary: 'Follow one by server-sent events',
    description:
      'Each event is called `generation.<status>` and carries the generation as it is then; the stream ends with the generation. Reconnecting with `Last-Event-ID` goes on where it was; 204 says that the last event was the end.',
    scope: 'read',
    params: idParams,
    headers: z.object({ 'Last-Event-ID': z.string().optional().describe('The last event that arrived') }),
    responses: {
      200: { description: 'Events until it ends', contentType: 'text/event-stream' },
      204: { description: 'It has ended, and the last event said so' },
    },
    errors: ['not_found'],
  }),
];

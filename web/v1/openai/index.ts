import express, { type Router } from 'express';
import { z } from 'zod';
import type { Core } from '../../../core/index.ts';
import type { Auth } from '../auth.ts';
import { describeRoute } from '../openapi.ts';
import { jsonBody } from '../requests.ts';
import { formBody } from './form.ts';
import { createImageHandlers } from './images.ts';
import { chooseModel, presentModel } from './models.ts';
import { editFormSchema, generateSchema, imagesSchema, modelSchema, modelsSchema } from './schemas.ts';

/** OpenAI's Images API and its list of models: its clients work with another `baseURL` and `apiKey`. */
export function createOpenaiRoutes({ core, auth }: { core: Core; auth: Auth }): Router {
  const router = express.Router();
  const { generate, edit } = createImageHandlers({ core });
  router.post('/v1/images/generations', auth('generate'), jsonBody, generate);
  router.post('/v1/images/edits', auth('generate'), formBody, edit);
  router.get('/v1/models', auth('read'), (_request, response) => {
    response.json({ object: 'list', data: core.models.map((model) => presentModel(model)) });
  });
  router.get('/v1/models/:id', auth('read'), (request, response) => {
    const wanted = String(request.params.id);
    response.json(presentModel(chooseModel(core, { wanted, fromPicture: false }), wanted));
  });
  return router;
}

const answers = {
  200: {
    description:
      'The pictures. With `stream`, server-sent events: `image_generation.partial_image` (of edits `image_edit.…`) while the first is drawn, `image_generation.completed` for each, or `error`, all with the picture as `b64_json`',
    schema: imagesSchema,
    headers: { 'Easel-Generation': 'The generation behind it, for `GET /v1/generations/{id}`' },
  },
};
const headers = z.object({
  'Idempotency-Key': z.string().optional().describe('For 24 hours the same key with the same body is the same request'),
});
const refusals = [
  'invalid_input',
  'unknown_field',
  'unknown_choice',
  'prompt_missing',
  'prompt_too_long',
  'prompt_unreadable',
  'prompt_refused',
  'prompt_blocked',
  'moderation_blocked',
  'account_suspended',
  'model_not_found',
  'idempotency_in_flight',
  'idempotency_mismatch',
  'generation_cancelled',
  'payload_too_large',
  'unsupported_media_type',
  'quota_exceeded',
  'generation_failed',
  'quota_unavailable',
  'generation_unfinished',
] as const;

export const openaiRoutes = [
  describeRoute({
    method: 'post',
    path: '/v1/images/generations',
    tag: 'OpenAI',
    summary: 'Draw, in the terms of the OpenAI Images API',
    description: 'Answers when the pictures are there, within five minutes. What takes longer goes on as a generation.',
    scope: 'generate',
    headers,
    request: { body: generateSchema, example: { prompt: 'a red fox in the snow', size: '1536x1024' } },
    responses: answers,
    errors: refusals,
  }),
  describeRoute({
    method: 'post',
    path: '/v1/images/edits',
    tag: 'OpenAI',
    summary: 'Draw from a picture, in the terms of the OpenAI Images API',
    description: 'A form with the picture as `image`. Masks are not supported: say in the prompt what is to change.',
    scope: 'generate',
    headers,
    request: { body: editFormSchema, contentType: 'multipart/form-data' },
    responses: answers,
    errors: [
      ...refusals,
      'image_unreadable',
      'image_too_large',
      'image_unsupported',
      'mask_unsupported',
      'upload_limit',
    ],
  }),
  describeRoute({
    method: 'get',
    path: '/v1/models',
    tag: 'OpenAI',
    summary: 'List the models, the default first',
    scope: 'read',
    responses: { 200: { description: 'All models', schema: modelsSchema } },
  }),
  describeRoute({
    method: 'get',
    path: '/v1/models/{id}',
    tag: 'OpenAI',
    summary: 'Look at one model',
    scope: 'read',
    params: z.object({ id: z.string() }),
    responses: { 200: { description: 'The model', schema: modelSchema } },
    errors: ['model_not_found'],
  }),
];

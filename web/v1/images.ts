import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { z } from 'zod';
import { AppError, type Core, nearest, presentImage, sendPicture } from '../../core/index.ts';
import { type Auth, callerOf } from './auth.ts';
import { describeRoute } from './openapi.ts';
import { jsonBody, readBody, readQuery } from './requests.ts';
import { idParams, imageSchema, listOf, pageShape, queryBoolean } from './schemas.ts';

const moment = z.union([z.iso.datetime({ offset: true }), z.iso.date()]).transform((text) => new Date(text));
const listQuery = z.strictObject({
  ...pageShape,
  q: z.string().max(200).optional().describe('Words of the prompt, or their beginnings; all must occur'),
  style: z.string().max(64).optional(),
  from: moment.optional().describe('Made at or after this day or time (ISO 8601)'),
  to: moment.optional().describe('Made before it'),
  favourite: queryBoolean().optional(),
});
const changeSchema = z
  .strictObject({
    visibility: z
      .enum(['private', 'unlisted', 'public'])
      .optional()
      .describe('`unlisted` and `public` pictures open without a key'),
    favourite: z.boolean().optional(),
  })
  .meta({ id: 'ImageChange' });
const contentQuery = z.object({
  size: z.enum(['full', 'thumbnail']).default('full'),
  download: z.string().optional().describe('Present: to be saved rather than shown'),
  expires: z.coerce.number().int().optional().describe('Of a signed link'),
  signature: z.string().max(100).optional().describe('Of a signed link'),
});
const changeScope = 'generate';

/** Finding pictures, getting their bytes, showing them to others, deleting them. */
export function createImageRoutes({ core, auth }: { core: Core; auth: Auth }): Router {
  const router = express.Router();
  const present = (image: Parameters<typeof presentImage>[0]) =>
    presentImage(image, { publicUrl: core.settings.publicUrl, links: core.images.links });

  router.get('/v1/images', auth('read'), async (request, response) => {
    const wanted = readQuery(request, listQuery);
    if (wanted.style !== undefined) checkStyle(wanted.style, core.styles);
    const { items, nextCursor } = await core.images.search(callerOf(response).account.id, wanted);
    response.json({ data: items.map(present), next_cursor: nextCursor });
  });

  router.get('/v1/images/:id/content', keyIfGiven(auth), async (request: Request, response: Response) => {
    const imageId = request.params.id as string;
    const { size, expires, signature } = readQuery(request, contentQuery);
    const signed = signature !== undefined || expires !== undefined;
    if (signed && !core.images.links.check(imageId, { expires: expires ?? 0, signature: signature ?? '' }))
      throw new AppError('link_invalid', { field: 'signature' });
    const account = response.locals.caller ? callerOf(response).account.id : null;
    const viewer = signed ? 'link' : account ? { account } : 'anyone';
    const image = await core.images.find(imageId, viewer);
    if (!image) throw new AppError('not_found', { what: '' });
    await sendPicture(request, response, {
      open: (range) => (size === 'thumbnail' ? core.images.openThumbnail : core.images.openFound)(image, range),
      disposition: request.query.download === undefined ? 'inline' : 'attachment',
      headers: {
        // Whoever stops showing a picture, or deletes it, is heard soon.
        'cache-control': image.visibility === 'private' ? 'private, max-age=3600' : 'public, max-age=300',
        vary: 'authorization',
        // A picture may stand on any page.
        'cross-origin-resource-policy': 'cross-origin',
      },
    });
  });

  router.get('/v1/images/:id', auth('read'), async (request, response) => {
    response.json(present(await core.images.get(callerOf(response).account.id, request.params.id as string)));
  });

  const change = async (request: Request, response: Response) => {
    const wanted = readBody(request, changeSchema);
    const imageId = request.params.id as string;
    response.json(present(await core.images.change(callerOf(response).account.id, imageId, wanted)));
  };
  router.patch('/v1/images/:id', auth(changeScope), jsonBody, change);

  router.delete('/v1/images/:id', auth(changeScope), async (request, response) => {
    await core.images.remove(callerOf(response).account.id, request.params.id as string);
    response.status(204).end();
  });
  return router;
}

/** Some pictures open without a key; a key that is given must be right. */
function keyIfGiven(auth: Auth): RequestHandler {
  const withKey = auth('read');
  return (request, response, next) => {
    const signed = request.query.signature !== undefined;
    if (signed || request.get('authorization') === undefined) next();
    else return withKey(request, response, next);
  };
}

function checkStyle(style: string, styles: readonly string[]): void {
  if (styles.includes(style)) return;
  const near = nearest(style, styles);
  throw new AppError('unknown_choice', {
    option: 'style',
    value: style.slice(0, 60),
    near: (near.length ? near : styles).join(', '),
  });
}

export const imageRoutes = [
  describeRoute({
    method: 'get',
    path: '/v1/images',
    tag: 'Images',
    summary: 'Find your pictures, newest first',
    scope: 'read',
    query: listQuery,
    responses: { 200: { description: 'A page', schema: listOf(imageSchema) } },
    errors: ['invalid_input', 'unknown_field', 'unknown_choice'],
  }),
  describeRoute({
    method: 'get',
    path: '/v1/images/{id}',
    tag: 'Images',
    summary: 'Look at one',
    scope: 'read',
    params: idParams,
    responses: { 200: { description: 'The picture', schema: imageSchema } },
    errors: ['not_found', 'image_hidden'],
  }),
  describeRoute({
    method: 'get',
    path: '/v1/images/{id}/content',
    tag: 'Images',
    summary: 'Its bytes',
    description:
      'Opens with a key, by a signed link, or freely where the picture is `unlisted` or `public`. Ranges, `If-None-Match` and HEAD work.',
    scope: null,
    params: idParams,
    query: contentQuery,
    headers: z.object({ Range: z.string().optional(), 'If-None-Match': z.string().optional() }),
    responses: {
      200: { description: 'The picture', contentType: 'image/*' },
      206: { description: 'The range', contentType: 'image/*' },
      304: { description: 'You have it already' },
      416: { description: 'It is not that long' },
    },
    errors: [
      'not_found',
      'image_hidden',
      'invalid_input',
      'link_invalid',
      'key_invalid',
      'key_revoked',
      'key_expired',
      'key_misplaced',
      'scope_missing',
      'account_suspended',
      'too_many_attempts',
    ],
  }),
  describeRoute({
    method: 'patch',
    path: '/v1/images/{id}',
    tag: 'Images',
    summary: 'Show it to others, mark it',
    scope: changeScope,
    params: idParams,
    request: { body: changeSchema, example: { visibility: 'unlisted', favourite: true } },
    responses: { 200: { description: 'The picture', schema: imageSchema } },
    errors: ['invalid_input', 'unknown_field', 'unsupported_media_type', 'not_found', 'image_hidden'],
  }),
  describeRoute({
    method: 'delete',
    path: '/v1/images/{id}',
    tag: 'Images',
    summary: 'Delete it, for good',
    scope: changeScope,
    params: idParams,
    responses: { 204: { description: 'Deleted' } },
    errors: ['not_found'],
  }),
];

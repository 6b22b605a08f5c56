import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import { AppError, type Core } from '../../core/index.ts';
import { type Auth, callerOf } from './auth.ts';
import { describeRoute, type RouteDescription } from './openapi.ts';
import { jsonBody, readBody, readQuery } from './requests.ts';
import { listOf, pageShape } from './schemas.ts';
import {
  deliverySchema,
  endpointChangeSchema,
  endpointSchema,
  endpointWithSecretSchema,
  newEndpointSchema,
  presentDelivery,
  presentEndpoint,
} from './webhook-schemas.ts';

const root = '/v1/webhook-endpoints';
const pageQuery = z.strictObject(pageShape);
const uuid = z.uuid();

/** Where a developer is told of events, and what was sent there. */
export function createWebhookEndpointRoutes({ core, auth }: { core: Pick<Core, 'webhooks'>; auth: Auth }): Router {
  const { endpoints, list, ping, replay } = core.webhooks;
  const router = express.Router();
  router.use(root, auth('manage'), (_request, response, next) => {
    response.set('cache-control', 'no-store');
    next();
  });

  router.get(root, async (_request, response) => {
    const found = await endpoints.list(accountOf(response));
    response.json({ data: found.map(presentEndpoint), next_cursor: null });
  });

  router.post(root, jsonBody, async (request: Request, response: Response) => {
    const { endpoint, secret } = await endpoints.create(accountOf(response), readBody(request, newEndpointSchema));
    response
      .status(201)
      .location(`${root}/${endpoint.id}`)
      .json({ ...presentEndpoint(endpoint), secret });
  });

  router.get(`${root}/:id`, async (request, response) => {
    response.json(presentEndpoint(await endpoints.get(accountOf(response), idOf(request))));
  });

  router.patch(`${root}/:id`, jsonBody, async (request: Request, response: Response) => {
    const change = readBody(request, endpointChangeSchema);
    response.json(presentEndpoint(await endpoints.update(accountOf(response), idOf(request), change)));
  });

  router.delete(`${root}/:id`, async (request, response) => {
    await endpoints.remove(accountOf(response), idOf(request));
    response.status(204).end();
  });

  router.post(`${root}/:id/rotate-secret`, async (request, response) => {
    const { endpoint, secret } = await endpoints.rotateSecret(accountOf(response), idOf(request));
    response.json({ ...presentEndpoint(endpoint), secret });
  });

  router.post(`${root}/:id/ping`, async (request, response) => {
    response.status(202).json(presentDelivery(await ping(accountOf(response), idOf(request))));
  });

  router.get(`${root}/:id/deliveries`, async (request, response) => {
    const { items, nextCursor } = await list(accountOf(response), idOf(request), readQuery(request, pageQuery));
    response.json({ data: items.map(presentDelivery), next_cursor: nextCursor });
  });

  router.post(`${root}/:id/deliveries/:deliveryId/replay`, async (request, response) => {
    const delivery = await replay(accountOf(response), idOf(request), idOf(request, 'deliveryId'));
    response.status(202).json(presentDelivery(delivery));
  });

  return router;
}

const accountOf = (response: Response): string => callerOf(response).account.id;

/** What cannot be an id is not looked for: Postgres refuses it. */
function idOf({ params }: Request, name = 'id'): string {
  const id = uuid.safeParse(params[name]);
  if (!id.success) throw new AppError('not_found', { what: '' });
  return id.data.toLowerCase();
}

const idParams = z.object({ id: uuid.describe('Of the endpoint') });

function describe(
  route: Pick<RouteDescription, 'method' | 'path' | 'summary' | 'responses'> & Partial<RouteDescription>,
): RouteDescription {
  return describeRoute({ tag: 'Webhooks', scope: 'manage', ...route });
}

export const webhookEndpointRoutes = [
  describe({
    method: 'get',
    path: root,
    summary: 'List endpoints, oldest first',
    responses: { 200: { description: 'All of them', schema: listOf(endpointSchema) } },
  }),
  describe({
    method: 'post',
    path: root,
    summary: 'Be told of events',
    description:
      'Events are signed by the Standard Webhooks scheme and sent again for about a day until they are answered with 2xx.',
    request: {
      body: newEndpointSchema,
      example: { url: 'https://example.com/easel', events: ['generation.succeeded'] },
    },
    responses: {
      201: { description: 'The endpoint, and this once its secret', schema: endpointWithSecretSchema },
    },
    errors: ['invalid_input', 'unknown_field', 'endpoint_limit'],
  }),
  describe({
    method: 'get',
    path: `${root}/{id}`,
    summary: 'Look at one',
    params: idParams,
    responses: { 200: { description: 'The endpoint', schema: endpointSchema } },
    errors: ['not_found'],
  }),
  describe({
    method: 'patch',
    path: `${root}/{id}`,
    summary: 'Change, disable or enable one',
    params: idParams,
    request: { body: endpointChangeSchema, example: { enabled: true } },
    responses: { 200: { description: 'The endpoint as it is now', schema: endpointSchema } },
    errors: ['not_found', 'invalid_input', 'unknown_field'],
  }),
  describe({
    method: 'delete',
    path: `${root}/{id}`,
    summary: 'Delete one, with the record of what was sent to it',
    params: idParams,
    responses: { 204: { description: 'Deleted' } },
    errors: ['not_found'],
  }),
  describe({
    method: 'post',
    path: `${root}/{id}/rotate-secret`,
    summary: 'Make a new secret',
    description: 'For 24 hours events are signed with the old one too.',
    params: idParams,
    responses: { 200: { description: 'The endpoint, and this once its secret', schema: endpointWithSecretSchema } },
    errors: ['not_found'],
  }),
  describe({
    method: 'post',
    path: `${root}/{id}/ping`,
    summary: 'Send an event that only tries the endpoint',
    params: idParams,
    responses: { 202: { description: 'On its way', schema: deliverySchema } },
    errors: ['not_found', 'endpoint_disabled'],
  }),
  describe({
    method: 'get',
    path: `${root}/{id}/deliveries`,
    summary: 'List what was sent, with every try, newest first',
    params: idParams,
    query: pageQuery,
    responses: { 200: { description: 'A page', schema: listOf(deliverySchema) } },
    errors: ['not_found', 'invalid_input', 'unknown_field'],
  }),
  describe({
    method: 'post',
    path: `${root}/{id}/deliveries/{deliveryId}/replay`,
    summary: 'Send a past event again, under its own id',
    params: idParams.extend({ deliveryId: uuid }),
    responses: { 202: { description: 'On its way', schema: deliverySchema } },
    errors: ['not_found', 'endpoint_disabled'],
  }),
];

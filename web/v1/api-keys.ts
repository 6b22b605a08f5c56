import express, { type Router } from 'express';
import { z } from 'zod';
import { type ApiKey, AppError, type Caller, type Core, scopes } from '../../core/index.ts';
import { type Auth, callerOf, missingScope } from './auth.ts';
import { describeRoute } from './openapi.ts';
import { jsonBody, readBody } from './requests.ts';

const scopeSchema = z.enum(scopes);

const keySchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    prefix: z.string().describe('How the key begins'),
    last_four: z.string(),
    scopes: z.array(scopeSchema),
    daily_cap: z.int().nullable().describe('Images a UTC day for this key; null: only what the account has'),
    expires_at: z.iso.datetime().nullable(),
    last_used_at: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'ApiKey' });

const createdSchema = keySchema
  .extend({ key: z.string().describe('The key itself, shown this once') })
  .meta({ id: 'CreatedApiKey' });

const newKeySchema = z
  .strictObject({
    name: z.string().trim().min(1).max(64),
    scopes: z
      .array(scopeSchema)
      .min(1)
      .max(scopes.length)
      .default(['generate', 'read'])
      .describe('At most what the key has that asks'),
    expires_at: z.iso.datetime({ offset: true }).nullable().default(null),
    daily_cap: z.int().min(1).max(1_000_000).nullable().default(null),
  })
  .meta({ id: 'NewApiKey' });

const idSchema = z.object({ id: z.uuid() });

export const apiKeyRoutes = [
  describeRoute({
    method: 'get',
    path: '/v1/api-keys',
    summary: 'List the keys of the account',
    tag: 'Account',
    scope: 'manage',
    responses: {
      200: {
        description: 'Newest first; without those that were revoked',
        schema: z.object({ data: z.array(keySchema), next_cursor: z.string().nullable() }),
      },
    },
  }),
  describeRoute({
    method: 'post',
    path: '/v1/api-keys',
    summary: 'Make a key',
    description: 'A key never gives more than it has: neither scopes, nor a longer life, nor a higher cap.',
    tag: 'Account',
    scope: 'manage',
    request: { body: newKeySchema, example: { name: 'server', scopes: ['generate', 'read'] } },
    responses: { 201: { description: 'The only answer with the key itself in it', schema: createdSchema } },
    errors: ['invalid_input', 'unknown_field', 'scope_missing', 'key_limit', 'key_misplaced'],
  }),
  describeRoute({
    method: 'delete',
    path: '/v1/api-keys/{id}',
    summary: 'Revoke a key',
    description: 'Once this is answered the key is refused everywhere.',
    tag: 'Account',
    scope: 'manage',
    params: idSchema,
    responses: { 204: { description: 'Revoked' } },
    errors: ['not_found'],
  }),
];

export function createApiKeyRoutes({ core, auth }: { core: Pick<Core, 'apiKeys'>; auth: Auth }): Router {
  const router = express.Router();

  router.get('/v1/api-keys', auth('manage'), async (_request, response) => {
    const keys = await core.apiKeys.list(callerOf(response).account.id);
    response.set('cache-control', 'no-store').json({ data: keys.map(present), next_cursor: null });
  });

  router.post(
    '/v1/api-keys',
    auth('manage'),
    jsonBody,
    async (request: express.Request, response: express.Response) => {
      const caller = callerOf(response);
      const wanted = readBody(request, newKeySchema);
      const { key, secret } = await core.apiKeys.create({
        accountId: caller.account.id,
        ...withinReach(wanted, caller),
      });
      response
        .status(201)
        .set('cache-control', 'no-store')
        .json({ ...present(key), key: secret } satisfies z.infer<typeof createdSchema>);
    },
  );

  router.delete('/v1/api-keys/:id', auth('manage'), async (request, response) => {
    await core.apiKeys.revoke(callerOf(response).account.id, String(request.params.id));
    response.status(204).end();
  });

  return router;
}

/** What a key asks for on behalf of another, held to what it has itself. */
function withinReach(wanted: z.infer<typeof newKeySchema>, { key }: Caller) {
  const stranger = wanted.scopes.find((scope) => !key.scopes.includes(scope));
  if (stranger) throw missingScope(stranger, key.scopes);
  const expiresAt = wanted.expires_at === null ? key.expiresAt : new Date(wanted.expires_at);
  if (key.expiresAt && expiresAt && expiresAt > key.expiresAt)
    throw new AppError('invalid_input', { field: 'expires_at', allowed: `≤ ${key.expiresAt.toISOString()}` });
  const dailyCap = wanted.daily_cap ?? key.dailyCap;
  if (key.dailyCap !== null && dailyCap !== null && dailyCap > key.dailyCap)
    throw new AppError('invalid_input', { field: 'daily_cap', allowed: `≤ ${key.dailyCap}` });
  return { name: wanted.name, scopes: wanted.scopes, expiresAt, dailyCap };
}

function present(key: ApiKey): z.infer<typeof keySchema> {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    last_four: key.lastFour,
    scopes: [...key.scopes],
    daily_cap: key.dailyCap,
    expires_at: key.expiresAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    created_at: key.createdAt.toISOString(),
  };
}

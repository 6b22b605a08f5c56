import express, { type RequestHandler, type Router } from 'express';
import { AppError, type Core, type Reader } from '../../core/index.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { accountRoutes, createAccountRoutes } from './account.ts';
import { accountBillingRoutes, createAccountBillingRoutes } from './account-billing.ts';
import { apiKeyRoutes, createApiKeyRoutes } from './api-keys.ts';
import { createAuth, tellLimitsOfRefusals } from './auth.ts';
import { createDocs } from './docs.ts';
import { createDocument } from './document.ts';
import { explainError } from './explain-error.ts';
import { createGenerationRoutes, generationRoutes } from './generations.ts';
import { createImageRoutes, imageRoutes } from './images.ts';
import { createOpenaiRoutes, openaiRoutes } from './openai/index.ts';
import type { RouteDescription } from './openapi.ts';
import { createWebhookEndpointRoutes, webhookEndpointRoutes } from './webhook-endpoints.ts';

/** All of the REST API's routes, in the order of the documentation. */
const descriptions: RouteDescription[] = [
  ...generationRoutes,
  ...imageRoutes,
  ...openaiRoutes,
  ...accountRoutes,
  ...accountBillingRoutes,
  ...apiKeyRoutes,
  ...webhookEndpointRoutes,
];

/** The REST API: `/v1/…`, `/openapi.json`, `/docs`. Refusals are AppErrors, for whoever mounts it to show. */
export function createV1({ core }: { core: Core }): Router {
  const router = express.Router();
  const auth = createAuth({ core });
  router.use('/v1', (_request, response, next) => {
    response.locals.reader = 'rest' satisfies Reader;
    core.pauses.check('surface:rest').then(() => next(), next);
  });
  router.use(createGenerationRoutes({ core, auth }));
  router.use(createImageRoutes({ core, auth }));
  router.use(createOpenaiRoutes({ core, auth }));
  router.use(createAccountRoutes({ core, auth }));
  router.use(createAccountBillingRoutes({ core, auth }));
  router.use(createApiKeyRoutes({ core, auth }));
  router.use(createWebhookEndpointRoutes({ core, auth }));
  const document = createDocument({
    routes: descriptions,
    publicUrl: core.settings.publicUrl,
    version: packageJson.version,
    explain: (code) => explainError(core.words, code),
  });
  router.use(createDocs({ document, title: 'Easel API' }));
  for (const [path, methods] of methodsByPath(descriptions)) router.all(path, refuseMethod(methods));
  router.use(tellLimitsOfRefusals(core));
  return router;
}

function methodsByPath(routes: readonly RouteDescription[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { path, method } of routes) {
    const name = path.replaceAll(/\{(\w+)\}/g, ':$1');
    found.set(name, [...(found.get(name) ?? []), method.toUpperCase()]);
  }
  return found;
}

function refuseMethod(methods: readonly string[]): RequestHandler {
  return (_request, response) => {
    response.set('allow', methods.join(', '));
    throw new AppError('method_not_allowed');
  };
}

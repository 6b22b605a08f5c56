import express, { type RequestHandler, type Router } from 'express';
import type { Core } from '../core/index.ts';
import { readBody } from './body.ts';

/** What the panel needs of the core. It may look at every table, and changes things through services. */
export type AdminCore = Pick<
  Core,
  | 'accounts'
  | 'apiKeys'
  | 'audit'
  | 'billing'
  | 'broadcasts'
  | 'database'
  | 'figures'
  | 'generations'
  | 'images'
  | 'log'
  | 'models'
  | 'moderation'
  | 'once'
  | 'pauses'
  | 'probes'
  | 'queues'
  | 'quotas'
  | 'words'
>;

/**
 * The operators' panel, to be mounted at `/admin`. `guard` lets only those through who run the service
 * and gives their account as `response.locals.account`; nothing of a request is parsed before it.
 */
export function createAdmin({ core, guard }: { core: AdminCore; guard: RequestHandler }): Router {
  // AdminJS takes a second to load and 160 MB to keep: too much for every start, so it waits for the first visit.
  let panel: Promise<RequestHandler> | null = null;
  const load = () => {
    panel ??= import('./panel.ts').then(({ createPanel }) => createPanel({ core }));
    return panel;
  };

  const router = express.Router({ caseSensitive: true });
  router.use((_request, _response, next) => {
    // Whoever comes here is about to type a password. Should it fail, the request below says so.
    load().catch(() => {});
    next();
  });
  router.use(guard, ...readBody);
  router.use(async (request, response, next) => (await load())(request, response, next));
  return router;
}

import type AdminJS from 'adminjs';
import express, { type Request, type Router } from 'express';
import { AppError } from '../core/index.ts';

/** Actions that only look, and so may be asked for by GET. */
const looking = ['list', 'search', 'show', 'edit', 'new', 'review'];

/**
 * Holds every request to AdminJS's API to three rules, in the same router that matches its routes:
 * what it names exists, only looking goes by GET, and viewers only look. Throws AppErrors `not_found`,
 * `method_not_allowed`, `forbidden`.
 */
export function checkRequests(admin: AdminJS): Router {
  const router = express.Router({ caseSensitive: true });

  const check = ({ method, params }: Request<{ resourceId: string; action: string }>) => {
    const resource = admin.resources.find((each) => each.decorate().id() === params.resourceId);
    if (!resource || !Object.hasOwn(resource.decorate().actions, params.action)) {
      throw new AppError('not_found', { what: '' });
    }
    if (method !== 'POST' && !looking.includes(params.action)) throw new AppError('method_not_allowed');
  };

  router.use((request, response, next) => {
    const looks = request.method === 'GET' || request.method === 'HEAD';
    if (!looks && response.locals.account.role === 'viewer') throw new AppError('forbidden');
    if (!looks && request.method !== 'POST') throw new AppError('method_not_allowed');
    next();
  });
  const paths = ['/api/resources/:resourceId/actions/:action', '/api/resources/:resourceId/records/:recordId/:action'];
  for (const path of [...paths, `${paths[0]}/:query`]) {
    router.all(path, (request, _response, next) => {
      check(request as unknown as Parameters<typeof check>[0]);
      next();
    });
  }
  // Nothing is done to many records at once, and AdminJS's old way to search passes the rules by.
  router.all(
    [
      '/api/resources/:resourceId/bulk/:action',
      '/resources/:resourceId/bulk/:action',
      '/api/resources/:resourceId/search{/:query}',
    ],
    () => {
      throw new AppError('not_found', { what: '' });
    },
  );
  return router;
}

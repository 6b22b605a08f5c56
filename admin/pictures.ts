import express, { type Router } from 'express';
import { AppError, sendPicture } from '../core/index.ts';
import type { AdminCore } from './index.ts';

/**
 * Pictures for those who run the service, whoever's they are and also hidden ones: `/images/:id` and
 * `/images/:id/thumbnail`, behind the panel's guard. Throws AppError `not_found`, also for deleted ones.
 */
export function servePictures({ core }: { core: Pick<AdminCore, 'images'> }): Router {
  const router = express.Router({ caseSensitive: true });
  for (const [path, open] of [
    ['/images/:id', core.images.openFound],
    ['/images/:id/thumbnail', core.images.openThumbnail],
  ] as const) {
    router.get(path, async (request, response) => {
      const image = await core.images.inspect(request.params.id ?? '');
      if (!image) throw new AppError('not_found', { what: '' });
      await sendPicture(request, response, {
        open: (range) => open(image, range),
        // Asked for anew each time: who may no longer look sees nothing, and what is deleted is gone.
        headers: { 'cache-control': 'private, no-cache', 'x-content-type-options': 'nosniff' },
      });
    });
  }
  return router;
}

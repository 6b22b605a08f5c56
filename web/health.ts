import express, { type Router } from 'express';
import type { WebCore } from './index.ts';

/** `/healthz`: this process answers. `/readyz`: what it stands on is there, else 503 with what is missing. */
export function serveHealth({ health }: Pick<WebCore, 'health'>): Router {
  const router = express.Router();
  router.get('/healthz', (_request, response) => {
    response.set('cache-control', 'no-store').json({ status: 'alive' });
  });
  router.get('/readyz', async (_request, response) => {
    const parts = await health();
    const missing = Object.entries(parts).flatMap(([name, there]) => (there ? [] : [name]));
    response
      .status(missing.length ? 503 : 200)
      .set('cache-control', 'no-store')
      .json({ status: missing.length ? 'unavailable' : 'ready', ...parts, missing });
  });
  return router;
}

import express, { type Router } from 'express';
import { AppError, spans } from '../core/index.ts';
import type { AdminCore } from './index.ts';

/** How long a page waits before it asks for the figures again. */
const refreshMs = 15_000;

/**
 * What the panel's first page shows, as JSON: `/overview/figures?days=7` and `/overview/health`. Two, so that a
 * service that is slow to answer never keeps the figures waiting.
 */
export function serveOverview({ figures, probes }: Pick<AdminCore, 'figures' | 'probes'>): Router {
  const router = express.Router({ caseSensitive: true });
  router.get('/overview/figures', async (request, response) => {
    const days = spans.find((span) => String(span) === (request.query.days ?? '7'));
    if (!days) throw new AppError('invalid_input', { field: 'days', allowed: spans.join(', ') });
    response.json({ ...(await figures.read(days)), refreshMs });
  });
  router.get('/overview/health', async (_request, response) => {
    response.json({ ...(await probes.look()), refreshMs });
  });
  return router;
}

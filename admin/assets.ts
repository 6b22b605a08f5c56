import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Router as AdminRouter } from 'adminjs';
import express, { type Router } from 'express';

/** In the order in which they are to run. */
const componentFiles = [
  'client',
  'theme',
  'names',
  'plots',
  'dashboard-parts',
  'dashboard',
  'queues',
  'deed',
  'header',
  'related',
  'audit',
  'picture',
  'money',
  'grid',
  'review',
  'list-tools',
  'stripe-link',
  'new-api-key',
];
const components = componentFiles
  .map((name) => readFileSync(new URL(`components/${name}.js`, import.meta.url), 'utf8'))
  .join('\n');

/** The charting library as it comes, whole: nothing is bundled, and no other server is asked. */
const charts = path.join(path.dirname(fileURLToPath(import.meta.resolve('chart.js'))), 'chart.umd.min.js');
const ownFiles = fileURLToPath(new URL('public', import.meta.url));
// The folder that Easel lies in may begin with a dot.
const options = { dotfiles: 'allow', maxAge: '1h' } as const;

/**
 * AdminJS's scripts as it brings them, always those built for production: the others are ten times as
 * large. Our own components are written for the browser as they stand, so nothing is ever bundled here.
 */
export function serveAssets(): Router {
  const router = express.Router({ caseSensitive: true });
  router.get('/frontend/assets/components.bundle.js', (_request, response) => {
    response.set('cache-control', 'no-cache').type('js').send(components);
  });
  router.get('/frontend/assets/chart.js', (_request, response) => response.sendFile(charts, options));
  for (const { path: address, src } of AdminRouter.assets) {
    const file = src.replace(/\.development\.js$/, '.production.js');
    router.get(address, (_request, response) => response.sendFile(file, options));
  }
  router.use('/assets', express.static(ownFiles, { ...options, index: false, redirect: false }));
  return router;
}

import { fileURLToPath } from 'node:url';
import { Router as AdminRouter } from 'adminjs';
import express, { type Router } from 'express';

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
    response.sendFile('components.js', { ...options, maxAge: 0, root: ownFiles });
  });
  for (const { path, src } of AdminRouter.assets) {
    const file = src.replace(/\.development\.js$/, '.production.js');
    router.get(path, (_request, response) => response.sendFile(file, options));
  }
  router.use('/assets', express.static(ownFiles, { ...options, index: false, redirect: false }));
  return router;
}

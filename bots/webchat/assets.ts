import { fileURLToPath } from 'node:url';
import express, { type Router } from 'express';

/** The page's own files as they lie in `public/`, and the decoder of placeholders out of its package. */
export function serveAssets(): Router {
  const router = express.Router();
  const thumbhash = fileURLToPath(import.meta.resolve('thumbhash'));
  const options = { index: false, redirect: false, maxAge: 0, dotfiles: 'deny' } as const;
  router.get('/thumbhash.js', (_request, response) => response.sendFile(thumbhash, { maxAge: 0, dotfiles: 'allow' }));
  router.use(express.static(fileURLToPath(new URL('public', import.meta.url)), options));
  return router;
}

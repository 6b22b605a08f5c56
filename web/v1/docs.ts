import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import express, { type Router } from 'express';
import { escapeHtml, hasAlready } from '../../core/index.ts';

/** Swagger UI as its package brings it, and what makes it ours. */
const files: Record<string, string> = {
  'swagger-ui-bundle.js': fileURLToPath(import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js')),
  'swagger-ui.css': fileURLToPath(import.meta.resolve('swagger-ui-dist/swagger-ui.css')),
  'docs.js': fileURLToPath(new URL('../public/docs.js', import.meta.url)),
  'docs.css': fileURLToPath(new URL('../public/docs.css', import.meta.url)),
};

/** `/openapi.json`, and `/docs`, a page to read it and to try it, from nowhere but here. */
export function createDocs({ document, title }: { document: object; title: string }): Router {
  const router = express.Router();
  const json = JSON.stringify(document);
  const etag = `"${createHash('sha256').update(json).digest('base64url').slice(0, 22)}"`;

  router.get('/openapi.json', (request, response) => {
    response.set({ etag, 'cache-control': 'public, no-cache', 'access-control-allow-origin': '*' });
    if (hasAlready(request, etag)) response.status(304).end();
    else response.type('json').send(json);
  });
  router.get('/docs', (_request, response) => {
    response.set({ 'content-security-policy': policy, 'cache-control': 'no-cache' }).type('html').send(page(title));
  });
  for (const [name, file] of Object.entries(files)) {
    router.get(`/docs/assets/${name}`, (_request, response) => response.sendFile(file, { maxAge: '1h' }));
  }
  return router;
}

/** The strict policy of everything else, and the signs that Swagger UI's style sheet brings along as data. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const page = (title: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="stylesheet" href="/docs/assets/docs.css">
</head>
<body>
<main id="docs"><noscript>The same as a document: <a href="/openapi.json">/openapi.json</a></noscript></main>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/docs.js"></script>
</body>
</html>
`;

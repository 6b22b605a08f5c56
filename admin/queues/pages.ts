import type { RequestHandler } from 'express';
import type { AdminCore } from '../index.ts';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  // Its page brings one style of its own, and its menus place themselves by style attributes.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * bull-board's page with a strict policy, without the fonts that it asks Google for, and with a script and a style of
 * ours, which give its buttons names and its texts colours that everyone can read.
 */
export function hardenBoard({ words }: Pick<AdminCore, 'words'>): RequestHandler {
  return (_request, response, next) => {
    const actions = words.html(response.locals.account.locale, 'panel.queues.actions');
    response.set('content-security-policy', policy);
    const send = response.send.bind(response);
    response.send = (body) => {
      const isPage = typeof body === 'string' && body.trimStart().startsWith('<!DOCTYPE html>');
      return send(isPage ? rewrite(body, actions) : body);
    };
    next();
  };
}

function rewrite(page: string, actions: string): string {
  const style = '<link rel="stylesheet" href="/admin/assets/board.css">';
  const script = `<script src="/admin/assets/board.js" data-actions="${actions}"></script>`;
  return page
    .replace(/<link [^>]*fonts\.googleapis\.com[^>]*>/, '')
    .replace('</head>', `${style}</head>`)
    .replace('</body>', `${script}</body>`);
}

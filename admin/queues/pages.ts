import type { RequestHandler } from 'express';

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

/** bull-board's page with a strict policy, and without the fonts that it asks Google for. */
export const hardenBoard: RequestHandler = (_request, response, next) => {
  response.set('content-security-policy', policy);
  const send = response.send.bind(response);
  response.send = (body) => {
    const isPage = typeof body === 'string' && body.trimStart().startsWith('<!DOCTYPE html>');
    return send(isPage ? body.replace(/<link [^>]*fonts\.googleapis\.com[^>]*>/, '') : body);
  };
  next();
};

import type { Request, RequestHandler } from 'express';
import { AppError } from '../../core/index.ts';

/**
 * Refuses what another site's page made the browser send, before anything of it is read. Following a
 * link to one of our pages stays possible: it changes nothing. Browsers name the site that asks by
 * `Sec-Fetch-Site`, or at least by `Origin`; a program that sends neither has no one's cookie to abuse.
 * Throws AppError `cross_site`.
 */
export function refuseCrossSite({ publicUrl }: { publicUrl: string }): RequestHandler {
  return (request, _response, next) => {
    if (!isOwn(request, publicUrl) && !isLink(request)) throw new AppError('cross_site');
    next();
  };
}

function isOwn(request: Request, publicUrl: string): boolean {
  const site = request.get('sec-fetch-site');
  if (site) return site === 'same-origin' || site === 'none';
  const origin = request.get('origin');
  if (!origin) return true;
  if (!URL.canParse(origin)) return false;
  return new URL(origin).host === request.get('host') || new URL(origin).origin === new URL(publicUrl).origin;
}

function isLink(request: Request): boolean {
  return (
    request.method === 'GET' &&
    request.get('sec-fetch-mode') === 'navigate' &&
    request.get('sec-fetch-dest') === 'document'
  );
}

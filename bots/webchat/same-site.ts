import type { RequestHandler } from 'express';
import { AppError } from '../../core/index.ts';

/**
 * Refuses what another site's page made the browser send. Browsers say so by `Sec-Fetch-Site`, older ones by `Origin`;
 * a program that sends neither has no visitor's cookie to abuse. Throws AppError `cross_site`.
 */
export function refuseCrossSite({ publicUrl }: { publicUrl: string }): RequestHandler {
  return (request, _response, next) => {
    const site = request.get('sec-fetch-site');
    const origin = request.get('origin');
    const own = site
      ? site === 'same-origin' || site === 'none'
      : !origin || isOwn(origin, request.get('host'), publicUrl);
    if (!own) throw new AppError('cross_site');
    next();
  };
}

function isOwn(origin: string, host: string | undefined, publicUrl: string): boolean {
  if (!URL.canParse(origin)) return false;
  return new URL(origin).host === host || new URL(origin).origin === new URL(publicUrl).origin;
}

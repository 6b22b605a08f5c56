import type { Request } from 'express';

/**
 * Whether the caller has this content already, by `If-None-Match`. Not Express's `request.fresh`, which takes the
 * `Cache-Control: no-cache` that `fetch` sends along for a wish to be sent everything again.
 */
export function hasAlready(request: Request, etag: string): boolean {
  const known = request.get('if-none-match');
  if (known === undefined || !['GET', 'HEAD'].includes(request.method)) return false;
  return known.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

import type { IncomingMessage } from 'node:http';

/**
 * Whether the caller has this content already, by `If-None-Match`. Not Express's `request.fresh`, which takes the
 * `Cache-Control: no-cache` that `fetch` sends along for a wish to be sent everything again.
 */
export function hasAlready({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>, etag: string): boolean {
  const known = headers['if-none-match'];
  if (known === undefined || !['GET', 'HEAD'].includes(method ?? '')) return false;
  return known.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

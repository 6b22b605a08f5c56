import type { UploadedFile } from './body.ts';

/** One request, as a route gets it. */
export type Call = {
  params: Record<string, string>;
  query: URLSearchParams;
  body: unknown;
  files: UploadedFile[];
};

export type Answer = { status: number; body?: unknown };

/** The rate limit that a route counts against; each is counted apart for every channel or webhook. */
export type BucketName =
  | 'gateway'
  | 'self'
  | 'commands'
  | 'callback'
  | 'webhook'
  | 'channel'
  | 'createMessage'
  | 'editMessage'
  | 'openChannel';

export type Route = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The path as the vendor's description writes it, below `/api/v10`. */
  template: string;
  /** Whether the bot's token is needed. */
  auth: boolean;
  bucket: BucketName;
  handle: (call: Call) => Answer;
};

export type Match = { route: Route; params: Record<string, string> };

/** Finds the route of a path; says whether at least the path is known. */
export function matchRoute(routes: Route[], method: string, path: string): Match | 'unknown path' | 'wrong method' {
  let known = false;
  for (const route of routes) {
    const params = matchTemplate(route.template, path);
    if (!params) continue;
    known = true;
    if (route.method === method) return { route, params };
  }
  return known ? 'wrong method' : 'unknown path';
}

/** Segments are compared decoded: clients send `@original` as `%40original`. */
function matchTemplate(template: string, path: string): Record<string, string> | null {
  const wanted = template.split('/');
  const given = path.split('/').map(decodeSegment);
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [place, segment] of wanted.entries()) {
    const value = given[place] ?? '';
    if (segment.startsWith('{')) {
      if (value === '') return null;
      params[segment.slice(1, -1)] = value;
    } else if (segment !== value) return null;
  }
  return params;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

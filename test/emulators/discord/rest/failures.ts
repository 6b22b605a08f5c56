import type { Route } from './route.ts';

/** A failure to be met by the next matching requests. */
export type Failure = {
  /** `POST /channels/{channel_id}/messages`, as the vendor's description writes it; or only the path, for any method. */
  route: string;
  /** Answer with this status instead (5xx as a page, like Discord's edge; 429 with `retryAfter`). */
  status?: number;
  retryAfter?: number;
  /** Cut the connection: before the request has any effect, or after it has had it. */
  reset?: 'before' | 'after';
  /** Milliseconds to hold the answer back. */
  delay?: number;
  /** How many requests meet it; 1 unless given. */
  times?: number;
};

/** Keeps the failures that tests ordered. Throws for a route that does not exist, which could never fire. */
export function createFailures(routes: Route[]) {
  const waiting: { failure: Failure; left: number }[] = [];

  return {
    add(failure: Failure): void {
      if (!routes.some((route) => matches(failure, route))) throw new Error(`No route "${failure.route}" to fail`);
      if (failure.status === undefined && !failure.reset && failure.delay === undefined) {
        throw new Error('A failure needs a status, a reset or a delay');
      }
      waiting.push({ failure, left: failure.times ?? 1 });
    },
    take(route: Route): Failure | undefined {
      const entry = waiting.find((each) => each.left > 0 && matches(each.failure, route));
      if (entry) entry.left -= 1;
      return entry?.failure;
    },
  };
}

function matches(failure: Failure, route: Route): boolean {
  return failure.route === route.template || failure.route === `${route.method} ${route.template}`;
}

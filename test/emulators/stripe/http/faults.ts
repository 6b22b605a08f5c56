/**
 * How the next call of a route goes wrong; the route is written as the API's own, such as
 * `POST /v1/checkout/sessions` or `GET /v1/customers/:id`; without one, any call.
 * - `status`: answered with it, and nothing done (429, 500, 503 …)
 * - `reset: 'before'`: the connection breaks and nothing was done
 * - `reset: 'after'`: it was done, and the connection breaks instead of an answer
 * - `delayMs`: it begins late; meanwhile its idempotency key is in use
 * - `body`: it was done, and this text is answered instead (with `answerStatus`, 200 unless told)
 */
export type Fault = { route?: string } & (
  | { status: number; shouldRetry?: boolean }
  | { reset: 'before' | 'after' }
  | { delayMs: number }
  | { body: string; answerStatus?: number }
);

export function createFaults() {
  let waiting: { fault: Fault; left: number }[] = [];
  return {
    /** `times` may be Infinity: until `clear`. */
    add(fault: Fault, times = 1): void {
      waiting.push({ fault, left: times });
    },
    clear(): void {
      waiting = [];
    },
    take(route: string): Fault | null {
      const next = waiting.find(({ fault, left }) => left > 0 && (fault.route === undefined || fault.route === route));
      if (!next) return null;
      next.left -= 1;
      return next.fault;
    },
  };
}

import { Refusal } from './errors.ts';

export type Answer = { status: number; body: string; headers: Record<string, string> };
type Kept = { path: string; body: string; requestId: string; at: number; answer: Answer | null };

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Idempotency keys: the first request under a key is done, later ones get its answer for a day. `begin` gives the
 * kept answer, or null when the request is the first; it refuses other parameters (400) and a first one still
 * under way (409).
 */
export function createIdempotency(clock: () => number) {
  const keys = new Map<string, Kept>();

  return {
    begin(
      key: string,
      request: { path: string; body: string; requestId: string },
    ): (Answer & { first: string }) | null {
      if (key.length > 255) throw idempotencyRefusal('Idempotency keys must be at most 255 characters long.');
      const kept = keys.get(key);
      if (!kept || clock() - kept.at > dayMs) {
        keys.set(key, { ...request, at: clock(), answer: null });
        return null;
      }
      if (kept.path !== request.path) {
        throw idempotencyRefusal(
          `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${request.path}' vs '${kept.path}'). Try using a key other than '${key}' if you meant to execute a different request.`,
        );
      }
      if (kept.body !== request.body) {
        throw idempotencyRefusal(
          `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
        );
      }
      if (!kept.answer) throw inUse(key);
      return { ...kept.answer, first: kept.requestId };
    },
    /** Keeps the answer of the first request; null forgets the key, since nothing was begun. */
    end(key: string, answer: Answer | null): void {
      const kept = keys.get(key);
      if (kept && answer) kept.answer = answer;
      else keys.delete(key);
    },
  };
}

function idempotencyRefusal(message: string): Refusal {
  return new Refusal(400, { type: 'idempotency_error', message });
}

function inUse(key: string): Refusal {
  return new Refusal(409, {
    type: 'idempotency_error',
    code: 'idempotency_key_in_use',
    message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
  });
}

export type Step = 'create' | 'get' | 'list' | 'cancel' | 'file' | 'account' | 'model' | 'upload';

/**
 * How the next call of a step goes wrong.
 * - `status`: answered with it, and nothing done
 * - `reset: 'before'`: the connection breaks and nothing was done
 * - `reset: 'after'`: it was done, and the connection breaks instead of an answer
 * - `delayMs`: it was done, and the answer comes late
 * - `body`: answered 200 with this text instead of JSON, though it was done
 */
export type Fault = { step: Step } & (
  | { status: number; retryAfterSeconds?: number }
  | { reset: 'before' | 'after' }
  | { delayMs: number }
  | { body: string }
);

export function createFaults() {
  const waiting: Fault[] = [];
  return {
    add: (fault: Fault, times = 1) => {
      for (let count = 0; count < times; count++) waiting.push(fault);
    },
    take(step: Step): Fault | null {
      const index = waiting.findIndex((fault) => fault.step === step);
      return index < 0 ? null : (waiting.splice(index, 1)[0] ?? null);
    },
  };
}

/** Requests in the last minute, against a limit: seconds to wait, or null when there is room. */
export function createLimit(perMinute: number, clock: () => number) {
  let times: number[] = [];
  return (): number | null => {
    const now = clock();
    times = times.filter((time) => now - time < 60_000);
    const oldest = times[0];
    if (times.length >= perMinute && oldest !== undefined)
      return Math.max(1, Math.ceil((oldest + 60_000 - now) / 1000));
    times.push(now);
    return null;
  };
}

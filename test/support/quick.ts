import type { CoreOptions } from '../../core/index.ts';

/** Short waits, so that tests of recovery take seconds. */
export const quick: Pick<CoreOptions, 'timings' | 'sweep' | 'sandboxDelayMs'> = {
  timings: { leaseMs: 1_500, pollMs: 100, unknownGraceMs: 500, retryMs: [50, 100], deliveryLeaseMs: 1_500 },
  sweep: { everyMs: 300, staleMs: 600 },
  sandboxDelayMs: 150,
};

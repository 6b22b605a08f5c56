/** Milliseconds; tests shorten them. */
export type Timings = {
  leaseMs: number;
  /** Between looks at a running prediction when nothing else wakes us. */
  pollMs: number;
  /** The longest a creating request may take. */
  startMs: number;
  /** How long after it was sent a lost creating request may still arrive there; longer than `startMs`. */
  unknownGraceMs: number;
  /** The longest a prediction may run. */
  patienceMs: number;
  /** Waits before the second and third attempt. */
  retryMs: readonly number[];
  /** How long one attempt at a delivery may take before another may try. */
  deliveryLeaseMs: number;
};

export const defaultTimings: Timings = {
  leaseMs: 15_000,
  pollMs: 2_000,
  startMs: 20_000,
  unknownGraceMs: 25_000,
  patienceMs: 30 * 60_000,
  retryMs: [2_000, 10_000],
  deliveryLeaseMs: 60_000,
};

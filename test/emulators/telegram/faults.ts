import type { Fault } from './types.ts';

/** Faults that wait for their call. */
export function createFaults() {
  const waiting: { fault: Fault; left: number }[] = [];
  return {
    add(fault: Fault) {
      waiting.push({ fault, left: fault.times ?? 1 });
    },
    /** The fault that hits this call, if any. */
    take(method: string): Fault | undefined {
      const isMeant = (wanted: string | undefined) =>
        wanted === undefined ? method.toLowerCase() !== 'getupdates' : wanted.toLowerCase() === method.toLowerCase();
      const index = waiting.findIndex(({ fault }) => isMeant(fault.method));
      const found = waiting[index];
      if (!found) return undefined;
      found.left -= 1;
      if (found.left <= 0) waiting.splice(index, 1);
      return found.fault;
    },
  };
}

/** What `createFaults` makes. */
export type Faults = ReturnType<typeof createFaults>;

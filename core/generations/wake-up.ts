export type WakeUp = ReturnType<typeof createWakeUp>;

/** A wait that news can cut short: a webhook came, a cancel was asked for, the process is to stop. */
export function createWakeUp() {
  let rung = false;
  let awaken: (() => void) | null = null;
  return {
    ring: () => {
      rung = true;
      awaken?.();
    },
    async wait(ms: number): Promise<void> {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          awaken = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      rung = false;
      awaken = null;
    },
  };
}

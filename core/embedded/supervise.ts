import { setTimeout as wait } from 'node:timers/promises';

export type Supervision = { stop(): void };

const watchMs = 1_000;
const most = { restarts: 5, withinMs: 60_000 };

/**
 * Looks every second whether something still runs, and brings it back when it does not: at once the first time,
 * later after 0.25 s, 0.5 s and so on, at most five times in a minute. Then it gives up for good.
 */
export function supervise(watched: {
  runs(): boolean;
  /** A rejection counts as a try; the next look tries again. */
  restart(): Promise<void>;
  giveUp(): void;
}): Supervision {
  const restarts: number[] = [];
  let stopped = false;
  let busy = false;

  async function look(): Promise<void> {
    if (busy || stopped || watched.runs()) return;
    busy = true;
    await revive().finally(() => {
      busy = false;
    });
  }

  async function revive(): Promise<void> {
    const recent = restarts.filter((at) => performance.now() - at < most.withinMs).length;
    if (recent >= most.restarts) {
      stop();
      watched.giveUp();
      return;
    }
    restarts.push(performance.now());
    // It must not keep the process that it serves.
    if (recent) await wait(125 * 2 ** recent, undefined, { ref: false });
    if (!stopped) await watched.restart().catch(() => {});
  }

  function stop(): void {
    stopped = true;
    clearInterval(watching);
  }

  const watching = setInterval(look, watchMs).unref();
  return { stop };
}

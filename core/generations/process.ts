import { createCollect } from './collect.ts';
import type { Held } from './moves.ts';
import { createEnd, failure, type Step, type StepDependencies } from './steps.ts';
import { createSubmit } from './submit.ts';
import { createWakeUp, type WakeUp } from './wake-up.ts';

/**
 * Takes a generation from wherever it stands to its end. Every step is a conditional move, so a
 * restart at any point goes on from the last one, and two workers cannot both take a step.
 */
export function createProcess(dependencies: StepDependencies) {
  const { moves, providers, events, requeue, log, timings } = dependencies;
  const { submit, findOut } = createSubmit(dependencies);
  const { follow, fetchOutputs, complete } = createCollect(dependencies);
  const end = createEnd(dependencies);
  const inHand = new Set<WakeUp>();
  let stopping = false;
  const isStopping = () => stopping;

  /** Works on one generation until it has ended, is somebody else's, or the process stops. */
  async function run(id: string): Promise<void> {
    let held = await moves.claim(id);
    if (!held) return;
    const wakeUp = createWakeUp();
    inHand.add(wakeUp);
    const unsubscribe = await events.subscribe(`generation:${id}`, wakeUp.ring);
    const heartbeat = setInterval(() => void moves.renew(id).catch(() => {}), timings.leaseMs / 3);
    try {
      // A crash after the request was sent and before its answer was kept: we cannot know.
      if (held.state === 'submitting') held = await moves.move(held, 'submit_unknown');
      while (held && !stopping) held = await step(held, wakeUp);
    } finally {
      clearInterval(heartbeat);
      inHand.delete(wakeUp);
      unsubscribe();
      await moves
        .release(id)
        .catch((error: Error) => log.debug({ err: error.message, generation: id }, 'the lease runs out'));
    }
    // Whoever takes the next job goes on; nothing is started here any more.
    if (held) await requeue(held, 0);
  }

  function step(held: Held, wakeUp: WakeUp): Step {
    const provider = providers.find(held.provider);
    if (!provider) return end(held, failure('provider_unavailable'));
    const hand = { held, provider, wakeUp };
    switch (held.state) {
      case 'accepted':
      case 'queued':
        return held.cancelRequested ? end(held, { state: 'cancelled' }) : submit(hand);
      case 'submit_unknown':
        return findOut(hand, isStopping);
      case 'running':
        return follow(hand, isStopping);
      case 'fetching':
        return fetchOutputs(hand, isStopping);
      case 'stored':
        return complete(hand);
      default:
        return Promise.resolve(null);
    }
  }

  /** Lets go of everything that is only waited for, so that stopping takes no longer than the step in hand. */
  function stop(): void {
    stopping = true;
    for (const wakeUp of inHand) wakeUp.ring();
  }

  return { run, stop };
}

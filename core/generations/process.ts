import type { Clock } from '../clock.ts';
import type { Events } from '../events.ts';
import type { Inputs } from '../images/inputs.ts';
import type { Log } from '../log.ts';
import type { Providers } from '../providers/index.ts';
import {
  type ImageProvider,
  type ImageRequest,
  type InputPicture,
  type Operation,
  ProviderError,
} from '../providers/port.ts';
import type { Finish } from './finish.ts';
import type { Held, Moves } from './moves.ts';
import type { SaveOutputs } from './save.ts';
import { applyStyle } from './styles.ts';

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

type Dependencies = {
  moves: Moves;
  finish: Finish;
  save: SaveOutputs;
  inputs: Pick<Inputs, 'read'>;
  providers: Providers;
  events: Events;
  requeue(generation: Held, delayMs: number): Promise<void>;
  clock: Clock;
  log: Log;
  timings: Timings;
};

/** One step answers the generation as it is now, or null when there is nothing more to do here. */
type Step = Promise<Held | null>;

/**
 * Takes a generation from wherever it stands to its end. Every step is a conditional move, so a
 * restart at any point goes on from the last one, and two workers cannot both take a step.
 */
export function createProcess({
  moves,
  finish,
  save,
  inputs,
  providers,
  events,
  requeue,
  clock,
  log,
  timings,
}: Dependencies) {
  return async function process(id: string): Promise<void> {
    let held = await moves.claim(id);
    if (!held) return;
    const wakeUp = createWakeUp();
    const unsubscribe = await events.subscribe(`generation:${id}`, wakeUp.ring);
    const heartbeat = setInterval(() => void moves.renew(id).catch(() => {}), timings.leaseMs / 3);
    try {
      // A crash after the request was sent and before its answer was kept: we cannot know.
      if (held.state === 'submitting') held = await moves.move(held, 'submit_unknown');
      while (held) held = (await step(held, wakeUp)) ?? null;
    } finally {
      clearInterval(heartbeat);
      unsubscribe();
      await moves
        .release(id)
        .catch((error: Error) => log.debug({ err: error.message, generation: id }, 'the lease runs out by itself'));
    }
  };

  function step(held: Held, wakeUp: WakeUp): Step {
    const provider = providers.find(held.provider);
    if (!provider) return end(held, failure('provider_unavailable'));
    switch (held.state) {
      case 'accepted':
      case 'queued':
        return held.cancelRequested ? end(held, { state: 'cancelled' }) : submit(held, provider);
      case 'submit_unknown':
        return findOut(held, provider, wakeUp);
      case 'running':
        return follow(held, provider, wakeUp);
      case 'fetching':
        return fetchOutputs(held, provider, wakeUp);
      case 'stored':
        return complete(held, provider);
      default:
        return Promise.resolve(null);
    }
  }

  async function submit(held: Held, provider: ImageProvider): Step {
    const image = held.inputImageId ? await inputs.read(held.inputImageId) : null;
    if (held.inputImageId && !image) return end(held, failure('input_gone'));
    const submitting = await moves.move(held, 'submitting', { submittedAt: clock(), attempts: held.attempts + 1 });
    if (!submitting) return moves.renew(held.id);
    const abort = AbortSignal.timeout(timings.startMs);
    try {
      const operation = await provider.start(toRequest(submitting, image), abort);
      return await moves.move(submitting, 'running', { operation, providerId: `${provider.name}:${operation.id}` });
    } catch (error) {
      return refused(submitting, error);
    }
  }

  async function refused(held: Held, error: unknown): Step {
    if (!(error instanceof ProviderError)) throw error;
    log.warn(
      {
        generation: held.id,
        provider: held.provider,
        reason: error.code,
        started: error.started,
        attempt: held.attempts,
      },
      'the provider did not take it',
    );
    if (error.started === 'unknown') return moves.move(held, 'submit_unknown');
    const wait = timings.retryMs[held.attempts - 1];
    if (!error.retryable || wait === undefined) return end(held, failure(error.code));
    const waiting = await moves.move(held, 'queued');
    if (waiting) await requeue(waiting, Math.max(wait, error.retryAfterMs ?? 0));
    return null;
  }

  /** The answer to the creating request was lost: looks for what it made before it is made again. */
  async function findOut(held: Held, provider: ImageProvider, wakeUp: WakeUp): Step {
    const since = held.submittedAt ?? held.createdAt;
    const deadline = since.getTime() + timings.unknownGraceMs;
    for (;;) {
      const found = await provider
        .find(toRequest(held, null), new Date(since.getTime() - 60_000))
        .catch(ignoreUnavailable);
      if (found) return moves.move(held, 'running', { operation: found, providerId: `${provider.name}:${found.id}` });
      if (found === null && clock().getTime() >= deadline) break;
      await wakeUp.wait(Math.min(timings.pollMs, Math.max(50, deadline - clock().getTime())));
      const current = await moves.renew(held.id);
      if (current?.state !== 'submit_unknown') return current;
    }
    if (held.cancelRequested) return end(held, { state: 'cancelled' });
    if (held.attempts > timings.retryMs.length) return end(held, failure('provider_unavailable'));
    return moves.move(held, 'queued');
  }

  async function follow(held: Held, provider: ImageProvider, wakeUp: WakeUp): Step {
    const operation = held.operation as Operation;
    let shown = -1;
    for (let looks = 0; ; looks++) {
      const current = looks ? await moves.renew(held.id) : held;
      if (current?.state !== 'running') return current;
      const late = clock().getTime() - (held.submittedAt ?? held.createdAt).getTime() > timings.patienceMs;
      if (current.cancelRequested || late) await provider.cancel(operation).catch(ignoreUnavailable);
      const status = await provider.status(operation).catch(ignoreUnavailable);
      if (status?.state === 'succeeded') return moves.move(current, 'fetching');
      if (status?.state === 'failed') return end(current, failure(status.code));
      if (status?.state === 'cancelled')
        return end(current, current.cancelRequested ? { state: 'cancelled' } : failure('provider_failed'));
      if (current.cancelRequested && status) return end(current, { state: 'cancelled' });
      if (late) return end(current, failure('provider_timeout'));
      const progress = status?.progress ?? null;
      if (progress !== null && progress > shown) {
        shown = progress;
        await moves.progress(held.id, progress);
        await events.publish('generation', { id: held.id });
      }
      await wakeUp.wait(timings.pollMs);
    }
  }

  async function fetchOutputs(held: Held, provider: ImageProvider, wakeUp: WakeUp): Step {
    for (let tries = 1; ; tries++) {
      try {
        const status = await provider.status(held.operation as Operation);
        if (status.state !== 'succeeded')
          return end(held, failure(status.state === 'failed' ? status.code : 'provider_failed'));
        await save(held, provider, status.outputs);
        return moves.move(held, 'stored');
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        if (error.code === 'output_gone' || (!error.retryable && error.code !== 'provider_unavailable'))
          return end(held, failure(error.code));
        // The provider keeps it for an hour; after a few tries the sweep goes on.
        if (tries >= 5) throw error;
        await wakeUp.wait(timings.pollMs * tries);
      }
    }
  }

  async function complete(held: Held, provider: ImageProvider): Step {
    const status = await provider.status(held.operation as Operation).catch(ignoreUnavailable);
    const price = providers.findModel(held.model)?.priceMicros ?? 0;
    const kept = await save.count(held.id);
    return end(held, {
      state: 'succeeded',
      kept,
      costMicros: status?.state === 'succeeded' ? status.costMicros : price * kept,
    });
  }

  async function end(held: Held, ending: Parameters<Finish>[1]): Promise<null> {
    if (await finish(held, ending))
      log.info(
        { generation: held.id, state: ending.state, ...('errorCode' in ending ? { reason: ending.errorCode } : {}) },
        'generation ended',
      );
    return null;
  }

  function toRequest(held: Held, image: InputPicture | null): ImageRequest {
    const model = providers.findModel(held.model);
    if (!model) throw new Error(`The model ${held.model} is no longer offered`);
    return {
      generationId: held.id,
      model,
      prompt: applyStyle(held.prompt, held.style),
      negativePrompt: held.negativePrompt,
      aspectRatio: held.aspectRatio as ImageRequest['aspectRatio'],
      seed: held.seed,
      count: held.count,
      image,
    };
  }
}

const failure = (code: string): Parameters<Finish>[1] =>
  code === 'provider_moderated' ? { state: 'moderated', errorCode: code } : { state: 'failed', errorCode: code };

/** An unreachable provider is asked again later; anything else is a fault. */
function ignoreUnavailable(error: unknown): undefined {
  if (error instanceof ProviderError) return undefined;
  throw error;
}

type WakeUp = ReturnType<typeof createWakeUp>;
/** A wait that news can cut short: a webhook came, a cancel was asked for. */
function createWakeUp() {
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

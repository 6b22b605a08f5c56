import { type Operation, ProviderError } from '../providers/port.ts';
import type { Held } from './moves.ts';
import { createEnd, failure, type InHand, type Step, type StepDependencies, toRequest } from './steps.ts';

/** Having it made: at most one creating request an attempt, and no second one while the first may have been heard. */
export function createSubmit(dependencies: StepDependencies) {
  const { moves, inputs, providers, requeue, clock, log, timings } = dependencies;
  const end = createEnd(dependencies);

  async function submit({ held, provider }: InHand): Step {
    const image = held.inputImageId ? await inputs.read(held.inputImageId) : null;
    if (held.inputImageId && !image) return end(held, failure('input_gone'));
    const submitting = await moves.move(held, 'submitting', { submittedAt: clock(), attempts: held.attempts + 1 });
    if (!submitting) return moves.renew(held.id);
    try {
      const request = toRequest(submitting, image, providers);
      const operation = await provider.start(request, AbortSignal.timeout(timings.startMs));
      return await moves.move(submitting, 'running', started(provider.name, operation));
    } catch (error) {
      return refused(submitting, error);
    }
  }

  async function refused(held: Held, error: unknown): Step {
    if (!(error instanceof ProviderError)) throw error;
    const { id, provider, attempts } = held;
    const { code: reason, started: heard } = error;
    log.warn({ generation: id, provider, reason, started: heard, attempt: attempts }, 'the provider did not take it');
    if (heard === 'unknown') return moves.move(held, 'submit_unknown');
    const wait = timings.retryMs[attempts - 1];
    if (!error.retryable || wait === undefined) return end(held, failure(reason));
    const waiting = await moves.move(held, 'queued');
    if (waiting) await requeue(waiting, Math.max(wait, error.retryAfterMs ?? 0));
    return null;
  }

  /** The answer to the creating request was lost: looks for what it made before it is made again. */
  async function findOut({ held, provider, wakeUp }: InHand, isStopping: () => boolean): Step {
    const since = held.submittedAt ?? held.createdAt;
    const deadline = since.getTime() + timings.unknownGraceMs;
    for (let current: Held | null = held; !isStopping(); current = await moves.renew(held.id)) {
      if (current?.state !== 'submit_unknown') return current;
      const found = await look(held, provider, new Date(since.getTime() - 60_000));
      if (found instanceof ProviderError) return end(current, failure(found.code));
      if (found) return moves.move(current, 'running', started(provider.name, found));
      const now = clock().getTime();
      if (found === null && now >= deadline) return afterNothingWasFound(current);
      if (now - since.getTime() > timings.patienceMs) return end(current, failure('provider_timeout'));
      await wakeUp.wait(Math.min(timings.pollMs, Math.max(50, deadline - now)));
    }
    return held;
  }

  /** The operation; null for none; undefined while that cannot be known; an error when it never will be. */
  async function look(held: Held, provider: InHand['provider'], since: Date) {
    try {
      return await provider.find(toRequest(held, null, providers), since);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      const final = error.code === 'output_gone' || error.code === 'provider_rejected';
      return final ? error : undefined;
    }
  }

  function afterNothingWasFound(held: Held): Step {
    if (held.cancelRequested) return end(held, { state: 'cancelled' });
    if (held.attempts > timings.retryMs.length) return end(held, failure('provider_unavailable'));
    return moves.move(held, 'queued');
  }

  return { submit, findOut };
}

function started(provider: string, operation: Operation) {
  return { operation, providerId: `${provider}:${operation.id}` };
}

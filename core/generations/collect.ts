import { type Operation, ProviderError } from '../providers/port.ts';
import type { Held } from './moves.ts';
import { createEnd, failure, type InHand, ignoreUnavailable, type Step, type StepDependencies } from './steps.ts';

/** Getting it: following the prediction, copying its pictures, settling. */
export function createCollect(dependencies: StepDependencies) {
  const { moves, save, review, previews, providers, events, clock, timings } = dependencies;
  const end = createEnd(dependencies);

  async function follow({ held, provider, wakeUp }: InHand, isStopping: () => boolean): Step {
    const operation = held.operation as Operation;
    let shown = -1;
    for (let current: Held | null = held; !isStopping(); current = await moves.renew(held.id)) {
      if (current?.state !== 'running') return current;
      const late = clock().getTime() - (held.submittedAt ?? held.createdAt).getTime() > timings.patienceMs;
      if (current.cancelRequested || late) await provider.cancel(operation).catch(ignoreUnavailable);
      const status = await provider.status(operation).catch(ignoreUnavailable);
      if (status?.state === 'succeeded') return moves.move(current, 'fetching');
      if (status?.state === 'failed') return end(current, failure(status.code));
      if (current.cancelRequested && status) return end(current, { state: 'cancelled' });
      if (status?.state === 'cancelled') return end(current, failure('provider_failed'));
      if (late) return end(current, failure('provider_timeout'));
      const progress = status?.progress ?? null;
      if (progress !== null && progress > shown) {
        shown = progress;
        await moves.progress(held.id, progress);
        if (status?.preview) await previews.keep(held.id, status.preview);
        await events.publish('generation', { id: held.id });
      }
      await wakeUp.wait(Math.min(timings.pollMs, status?.newsInMs ?? timings.pollMs));
    }
    return held;
  }

  async function fetchOutputs({ held, provider, wakeUp }: InHand, isStopping: () => boolean): Step {
    for (let tries = 1; !isStopping(); tries++) {
      try {
        const status = await provider.status(held.operation as Operation);
        if (status.state === 'failed') return end(held, failure(status.code));
        if (status.state !== 'succeeded') return end(held, failure('provider_failed'));
        await save(held, provider, status.outputs);
        return moves.move(held, 'stored');
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        const mayWork = error.retryable || error.code === 'provider_unavailable';
        if (error.code === 'output_gone' || !mayWork) return end(held, failure(error.code));
        // The provider keeps it for an hour; after a few tries the sweep goes on.
        if (tries >= 5) throw error;
        await wakeUp.wait(timings.pollMs * tries);
      }
    }
    return held;
  }

  async function complete({ held, provider }: InHand): Step {
    const status = await provider.status(held.operation as Operation).catch(ignoreUnavailable);
    const kept = await save.count(held.id);
    await review(held);
    const price = providers.findModel(held.model)?.priceMicros ?? 0;
    const costMicros = status?.state === 'succeeded' ? status.costMicros : price * kept;
    return end(held, { state: 'succeeded', kept, costMicros });
  }

  return { follow, fetchOutputs, complete };
}

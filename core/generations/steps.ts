import type { Clock } from '../clock.ts';
import type { Events } from '../events.ts';
import type { Inputs } from '../images/inputs.ts';
import type { Log } from '../log.ts';
import type { Providers } from '../providers/index.ts';
import { type ImageProvider, type ImageRequest, type InputPicture, ProviderError } from '../providers/port.ts';
import type { Ending, Finish } from './finish.ts';
import type { Held, Moves } from './moves.ts';
import type { Previews } from './previews.ts';
import type { SaveOutputs } from './save.ts';
import { applyStyle } from './styles.ts';
import type { Timings } from './timings.ts';
import type { WakeUp } from './wake-up.ts';

/** What the steps of a generation work with. */
export type StepDependencies = {
  moves: Moves;
  finish: Finish;
  save: SaveOutputs;
  previews: Pick<Previews, 'keep'>;
  inputs: Pick<Inputs, 'read'>;
  /** Puts finished pictures before operators where a rule of theirs wants that. */
  review(generation: Pick<Held, 'id' | 'prompt' | 'serverId'>): Promise<void>;
  providers: Providers;
  events: Events;
  requeue(generation: Held, delayMs: number): Promise<void>;
  clock: Clock;
  log: Log;
  timings: Timings;
};

/** A generation in hand, who makes it, and a wait that news can cut short. */
export type InHand = { held: Held; provider: ImageProvider; wakeUp: WakeUp };

/** One step answers the generation as it is now, or null when there is nothing more to do here. */
export type Step = Promise<Held | null>;

/** Ends a generation, and says so in the log. */
export function createEnd({ finish, log }: Pick<StepDependencies, 'finish' | 'log'>) {
  return async function end({ id, version }: Held, ending: Ending): Promise<null> {
    const reason = 'errorCode' in ending ? { reason: ending.errorCode } : {};
    if (await finish({ id, version }, ending))
      log.info({ generation: id, state: ending.state, ...reason }, 'generation ended');
    return null;
  };
}

/** The ending that stands for a provider's error. Nothing is charged for it. */
export function failure(code: string): Ending {
  return { state: code === 'provider_moderated' ? 'moderated' : 'failed', errorCode: code };
}

/** What the provider is asked for. Throws ProviderError when the model is no longer offered. */
export function toRequest(held: Held, image: InputPicture | null, providers: Providers): ImageRequest {
  const model = providers.findModel(held.model);
  if (!model) throw new ProviderError('provider_rejected', `The model ${held.model} is no longer offered`);
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

/** An unreachable provider is asked again later; anything else is a fault. */
export function ignoreUnavailable(error: unknown): undefined {
  if (error instanceof ProviderError) return undefined;
  throw error;
}

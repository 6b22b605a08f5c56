import type { Core, DeliveryOutcome } from '../core/index.ts';
import { type DeliveredVia, DeliveryError } from './chat.ts';

/** Brings something once and says what became of it; `about` is for the log, should it be a fault of ours. */
export async function attempt(
  { log }: Pick<Core, 'log'>,
  about: object,
  bring: () => Promise<DeliveredVia>,
): Promise<DeliveryOutcome> {
  try {
    return { done: await bring() };
  } catch (error) {
    if (!(error instanceof DeliveryError)) log.error({ err: error, ...about }, 'a delivery failed');
    if (error instanceof DeliveryError && error.unreachable) return { abandon: error.message };
    return {
      retryAfterMs: error instanceof DeliveryError ? error.retryAfterMs : null,
      error: (error as Error).message,
    };
  }
}

import type { Events } from '../events.ts';
import type { GenerationWithImages, Reader } from './read.ts';

/** News may be lost: without any, it is looked at after so long all the same. */
const lookMs = 2_000;

/**
 * Follows a generation: yields it as it is, then whenever something about it has changed, lastly when it has ended.
 * Ends early when `signal` is aborted. Throws AppError `not_found`, also for other accounts' ones.
 */
export function createFollow({ reader, events }: { reader: Reader; events: Events }) {
  return async function* follow(
    accountId: string,
    id: string,
    signal: AbortSignal,
  ): AsyncGenerator<GenerationWithImages, void, void> {
    const news = createNews(signal);
    const stop = await events.subscribe('generation', (told) => {
      if ((told as { id?: unknown }).id === id) news.ring();
    });
    let seen = '';
    try {
      while (!signal.aborted) {
        const generation = await reader.get(accountId, id);
        const now = markOf(generation);
        if (now !== seen) yield generation;
        seen = now;
        if (generation.finishedAt) return;
        await news.wait();
      }
    } finally {
      stop();
      news.close();
    }
  };
}

/** The same for as long as nothing that is told of a generation has changed. */
export function markOf({ version, progress }: Pick<GenerationWithImages, 'version' | 'progress'>): string {
  return progress === null ? String(version) : `${version}-${Math.round(progress * 1000)}`;
}

function createNews(signal: AbortSignal) {
  let rung = false;
  let awaken = () => {};
  const ring = () => {
    rung = true;
    awaken();
  };
  signal.addEventListener('abort', ring);
  return {
    ring,
    async wait(): Promise<void> {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, lookMs);
          awaken = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      rung = false;
    },
    close: () => signal.removeEventListener('abort', ring),
  };
}

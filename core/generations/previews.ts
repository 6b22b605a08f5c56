import { z } from 'zod';
import { markPreview } from '../images/convert.ts';
import type { Log } from '../log.ts';
import type { Providers } from '../providers/index.ts';
import type { ImageOutput, Operation } from '../providers/port.ts';
import type { RedisClient } from '../redis.ts';
import type { GenerationWithImages } from './read.ts';

/** A picture as it is so far: PNG. `step` tells it from the one before. */
export type Preview = { step: string; bytes: Uint8Array; width: number; height: number };
export type Previews = ReturnType<typeof createPreviews>;

const keptMs = 60_000;
const reference = z.object({ index: z.number(), reference: z.string() });

/**
 * What there is to see of a picture while it is made, for those who watch. Only where it can be had is kept, for a
 * minute; it is fetched, or drawn, when somebody looks. Nothing depends on it, so no fault of it stops anything.
 */
export function createPreviews({
  redis,
  providers,
  log,
}: {
  redis: Pick<RedisClient, 'client'>;
  providers: Providers;
  log: Log;
}) {
  /** Remembers what a provider shows of a generation's first picture. */
  async function keep(generationId: string, preview: ImageOutput): Promise<void> {
    await redis.client.set(keyOf(generationId), JSON.stringify(preview), 'PX', keptMs).catch((error: Error) => {
      log.debug({ err: error.message, generation: generationId }, 'a preview was lost');
    });
  }

  /**
   * The first picture as it is now; null when there is nothing to see that is new, or the generation has ended.
   * @param last the `step` that was seen before
   */
  async function read(generation: GenerationWithImages, last: string | null): Promise<Preview | null> {
    const { id, operation, finishedAt } = generation;
    const provider = providers.find(generation.provider);
    if (finishedAt || !operation || !provider) return null;
    try {
      const kept = await redis.client.get(keyOf(id));
      if (!kept) return null;
      const output = reference.parse(JSON.parse(kept));
      if (output.reference === last) return null;
      const bytes = await provider.download(output, operation as Operation);
      return { step: output.reference, ...(await markPreview(bytes, { ...generation, generationId: id })) };
    } catch (error) {
      log.debug({ err: (error as Error).message, generation: id }, 'a preview could not be shown');
      return null;
    }
  }

  return { keep, read };
}

const keyOf = (generationId: string) => `preview:${generationId}`;

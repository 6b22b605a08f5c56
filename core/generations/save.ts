import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { prepareImage } from '../images/prepare.ts';
import type { ImageStore } from '../images/store.ts';
import { type ImageOutput, type ImageProvider, type Operation, ProviderError } from '../providers/port.ts';
import { generationIdOf } from './input.ts';
import type { Held } from './moves.ts';

export type SaveOutputs = ReturnType<typeof createSave>;

/**
 * Copies what the provider made into our own storage: picture, thumbnail, row. Keys and ids follow
 * from generation and index, so doing it again writes the same things over.
 */
export function createSave({ database, store, clock }: { database: Database; store: ImageStore; clock: Clock }) {
  async function save(held: Held, provider: ImageProvider, outputs: readonly ImageOutput[]): Promise<void> {
    if (!outputs.length) throw new ProviderError('provider_failed', 'The provider answered no picture');
    await Promise.all(outputs.slice(0, held.count).map((output) => saveOne(held, provider, output)));
  }

  async function saveOne(held: Held, provider: ImageProvider, output: ImageOutput): Promise<void> {
    const bytes = await provider.download(output, held.operation as Operation);
    const prepared = await prepareImage(bytes, {
      generationId: held.id,
      model: held.model,
      provider: held.provider,
      seed: held.seed,
      createdAt: held.createdAt,
    }).catch((error: Error) => {
      throw new ProviderError('provider_failed', 'The provider answered something that is no picture', {
        cause: error,
      });
    });
    const id = generationIdOf(held.id, `image-${output.index}`);
    const storageKey = `images/${id}.${prepared.extension}`;
    const thumbnailKey = `thumbnails/${id}.webp`;
    await store.put(storageKey, prepared.bytes);
    await store.put(thumbnailKey, prepared.thumbnail.bytes);
    await database.prisma.image.createMany({
      skipDuplicates: true,
      data: [
        {
          id,
          generationId: held.id,
          accountId: held.accountId,
          index: output.index,
          storageKey,
          thumbnailKey,
          contentType: prepared.contentType,
          bytes: prepared.bytes.length,
          width: prepared.width,
          height: prepared.height,
          sha256: prepared.sha256,
          placeholder: prepared.placeholder,
          createdAt: clock(),
        },
      ],
    });
  }

  /** Pictures a generation has. */
  save.count = (generationId: string): Promise<number> => database.prisma.image.count({ where: { generationId } });

  return save;
}

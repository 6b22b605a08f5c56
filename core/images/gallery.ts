import type { Image } from '@prisma/client';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { ByteRange, ImageStore, OpenedImage } from './store.ts';

/** A picture ready to be sent. `etag` is quoted, as HTTP wants it. */
export type OpenedPicture = OpenedImage & { etag: string; fileName: string };

export type Gallery = ReturnType<typeof createGallery>;

/** Stored pictures, each seen by its own account only. */
export function createGallery({ database, store, clock }: { database: Database; store: ImageStore; clock: Clock }) {
  const { prisma } = database;

  async function find(imageId: string, accountId: string): Promise<Image | null> {
    if (!/^[0-9a-f-]{36}$/.test(imageId)) return null;
    return prisma.image.findFirst({ where: { id: imageId, accountId, deletedAt: null } });
  }

  /** The picture or a range of it; null when there is none for this account. Throws RangeError for a range past its end. */
  async function open(imageId: string, accountId: string, range?: ByteRange): Promise<OpenedPicture | null> {
    const image = await find(imageId, accountId);
    const opened = image && (await store.open(image.storageKey, range));
    if (!image || !opened) return null;
    return { ...opened, etag: `"${image.sha256}"`, fileName: fileNameOf(image) };
  }

  /** The small WebP of a picture. */
  async function thumbnail(imageId: string, accountId: string): Promise<OpenedPicture | null> {
    const image = await find(imageId, accountId);
    const opened = image && (await store.open(image.thumbnailKey));
    if (!image || !opened) return null;
    return { ...opened, etag: `"${image.sha256}-thumbnail"`, fileName: fileNameOf(image).replace(/\.\w+$/, '.webp') };
  }

  /** All bytes of a picture, for sending it to a chat. Throws AppError `not_found`. */
  async function read(image: Pick<Image, 'storageKey'>): Promise<Uint8Array> {
    const bytes = await store.get(image.storageKey);
    if (!bytes) throw new AppError('not_found', { what: '' });
    return bytes;
  }

  /** Deletes all pictures of a generation; what was spent on them stays spent. Answers how many there were. */
  async function deleteOf(generationId: string, accountId: string): Promise<number> {
    const images = await prisma.image.findMany({ where: { generationId, accountId, deletedAt: null } });
    await prisma.image.updateMany({ where: { id: { in: images.map(({ id }) => id) } }, data: { deletedAt: clock() } });
    for (const image of images) {
      await store.delete(image.storageKey);
      await store.delete(image.thumbnailKey);
    }
    return images.length;
  }

  return { open, thumbnail, read, deleteOf };
}

/** What a saved file is called. */
export function fileNameOf(image: Pick<Image, 'id' | 'storageKey'>): string {
  return `easel-${image.id.slice(0, 8)}${image.storageKey.slice(image.storageKey.lastIndexOf('.'))}`;
}

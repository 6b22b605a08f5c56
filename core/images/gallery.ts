import { type Image, Prisma, type Visibility } from '@prisma/client';
import type { Clock } from '../clock.ts';
import { selectColumns } from '../database/columns.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import { excerpt } from '../words/excerpt.ts';
import { createSearch } from './search.ts';
import type { ByteRange, ImageStore, OpenedImage } from './store.ts';

/** A picture ready to be sent. `etag` is quoted, as HTTP wants it. */
export type OpenedPicture = OpenedImage & { etag: string; fileName: string };

/**
 * Who looks at a picture: its owner and nobody else; an account, which sees its own and what others show; anyone; or
 * the holder of a signed link to it.
 */
export type Viewer = { owner: string } | { account: string } | 'anyone' | 'link';

/** Stored pictures. What is private is seen by its own account only. */
export function createGallery({ database, store, clock }: { database: Database; store: ImageStore; clock: Clock }) {
  const { prisma } = database;

  /** One picture, if this viewer may see it. Throws AppError `image_hidden` to its owner, who may know why. */
  async function find(imageId: string, viewer: Viewer): Promise<Image | null> {
    const image = await inspect(imageId);
    if (!image || !maySee(image, viewer)) return null;
    if (!image.hiddenAt) return image;
    if (!isOwner(image, viewer)) return null;
    throw new AppError('image_hidden', { reason: image.hiddenReason ?? '' });
  }

  /** One picture for operators, whoever's it is, also a hidden one. */
  async function inspect(imageId: string): Promise<Image | null> {
    if (!uuid.test(imageId)) return null;
    const [image] = await database.run<Image>(selectImage, [imageId]);
    return image ?? null;
  }

  /** Why pictures of an account's request are hidden, each reason once; none when none is. */
  async function hiddenReasons(accountId: string, generationId: string): Promise<string[]> {
    const rows = await prisma.image.findMany({
      where: { accountId, generationId, deletedAt: null, hiddenAt: { not: null } },
      select: { hiddenReason: true },
    });
    return [...new Set(rows.map(({ hiddenReason }) => hiddenReason ?? ''))];
  }

  /** A found picture's bytes, or a range of them; null once deleted. Throws RangeError for a range past its end. */
  async function openFound(image: Image, range?: ByteRange): Promise<OpenedPicture | null> {
    const opened = await store.open(image.storageKey, range);
    return opened && { ...opened, etag: `"${image.sha256}"`, fileName: fileNameOf(image) };
  }

  /** A found picture's small WebP. */
  async function openThumbnail(image: Image, range?: ByteRange): Promise<OpenedPicture | null> {
    const opened = await store.open(image.thumbnailKey, range);
    const fileName = fileNameOf(image).replace(/\.\w+$/, '.webp');
    return opened && { ...opened, etag: `"${image.sha256}-thumbnail"`, fileName };
  }

  /** An account's own picture or a range of it; null when there is none. Throws RangeError for a range past its end. */
  async function open(imageId: string, accountId: string, range?: ByteRange): Promise<OpenedPicture | null> {
    const image = await find(imageId, { owner: accountId });
    return image && openFound(image, range);
  }

  /** The small WebP of an account's own picture. */
  async function thumbnail(imageId: string, accountId: string, range?: ByteRange): Promise<OpenedPicture | null> {
    const image = await find(imageId, { owner: accountId });
    return image && openThumbnail(image, range);
  }

  /** All bytes of a picture, for sending it to a chat. Throws AppError `not_found`. */
  async function read(image: Pick<Image, 'storageKey'>): Promise<Uint8Array> {
    const bytes = await store.get(image.storageKey);
    if (!bytes) throw new AppError('not_found', { what: '' });
    return bytes;
  }

  /** One picture of an account. Throws AppError `not_found`, also for other accounts' ones, `image_hidden`. */
  async function get(accountId: string, imageId: string): Promise<Image> {
    const image = await find(imageId, { owner: accountId });
    if (!image) throw new AppError('not_found', { what: excerpt(imageId, 40) });
    return image;
  }

  /** Shows it to others or not, marks it or not. Throws AppError `not_found`. */
  async function change(
    accountId: string,
    imageId: string,
    { visibility, favourite }: { visibility?: Visibility | undefined; favourite?: boolean | undefined },
  ): Promise<Image> {
    const { id } = await get(accountId, imageId);
    await prisma.image.updateMany({
      where: { id, accountId, deletedAt: null },
      data: { ...(visibility ? { visibility } : {}), ...(favourite === undefined ? {} : { favourite }) },
    });
    return get(accountId, id);
  }

  /** Deletes one picture, for good; what was spent on it stays spent. Throws AppError `not_found`. */
  async function remove(accountId: string, imageId: string): Promise<void> {
    // One's own may go also while it is hidden.
    const image = await inspect(imageId);
    if (image?.accountId !== accountId) throw new AppError('not_found', { what: excerpt(imageId, 40) });
    await prisma.image.updateMany({ where: { id: image.id }, data: { deletedAt: clock() } });
    await store.delete(image.storageKey);
    await store.delete(image.thumbnailKey);
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

  return {
    find,
    inspect,
    hiddenReasons,
    openFound,
    openThumbnail,
    open,
    thumbnail,
    read,
    get,
    change,
    remove,
    deleteOf,
    search: createSearch({ database }),
  };
}

/** Asked for with every picture that is shown. */
const selectImage = {
  name: 'image_find',
  text: `SELECT ${selectColumns(Prisma.ImageScalarFieldEnum)} FROM images WHERE id = $1::uuid AND deleted_at IS NULL`,
};
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function maySee({ accountId, visibility }: Image, viewer: Viewer): boolean {
  if (viewer === 'link') return true;
  if (viewer === 'anyone') return visibility !== 'private';
  if ('owner' in viewer) return viewer.owner === accountId;
  return viewer.account === accountId || visibility !== 'private';
}

function isOwner({ accountId }: Image, viewer: Viewer): boolean {
  if (typeof viewer === 'string') return false;
  return ('owner' in viewer ? viewer.owner : viewer.account) === accountId;
}

/** What a saved file is called. */
export function fileNameOf(image: Pick<Image, 'id' | 'storageKey'>): string {
  return `easel-${image.id.slice(0, 8)}${image.storageKey.slice(image.storageKey.lastIndexOf('.'))}`;
}

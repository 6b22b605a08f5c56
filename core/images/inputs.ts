import { randomUUID } from 'node:crypto';
import type { InputImage } from '@prisma/client';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { PublicFetch } from '../fetch/public-fetch.ts';
import { PublicFetchError } from '../fetch/public-fetch.ts';
import { generationIdOf } from '../generations/input.ts';
import type { InputPicture } from '../providers/port.ts';
import type { RedisClient } from '../redis.ts';
import { excerpt } from '../words/excerpt.ts';
import { cleanPicture, inputLimits } from './clean-picture.ts';
import { ImageError } from './image-error.ts';
import type { ImageStore } from './store.ts';

/** Pictures an account may bring in an hour. */
const uploadsAnHour = 60;
/** How long a picture is kept that nothing was made from. */
const unusedDays = 7;

export type Inputs = ReturnType<typeof createInputs>;

/**
 * Pictures that members bring to start from. Each is decoded and written anew before it is kept, and the same one is
 * kept once an account.
 */
export function createInputs({
  database,
  redis,
  store,
  fetchPublicly,
  clock,
}: {
  database: Database;
  redis: Pick<RedisClient, 'client'>;
  store: ImageStore;
  fetchPublicly: PublicFetch;
  clock: Clock;
}) {
  const { prisma } = database;
  const uploads = new RateLimiterRedis({
    storeClient: redis.client,
    keyPrefix: 'uploads',
    points: uploadsAnHour,
    duration: 3600,
  });

  /** Keeps a PNG, JPEG or WebP. Throws AppError `image_unreadable`, `image_too_large`, `upload_limit`. */
  async function upload(accountId: string, bytes: Uint8Array): Promise<InputImage> {
    await count(accountId);
    return keep(accountId, bytes);
  }

  /** Fetches a picture, or takes it out of a `data:` address; as upload, and AppError `image_url_refused`, `image_url_failed`. */
  async function fromUrl(accountId: string, url: string): Promise<InputImage> {
    await count(accountId);
    const inline = /^data:image\/[a-z]+;base64,/.exec(url)?.[0];
    const bytes = inline
      ? Buffer.from(url.slice(inline.length), 'base64')
      : await fetchPublicly(url).catch(refuseAddress);
    return keep(accountId, bytes);
  }

  /**
   * A picture of this account by id: one that it brought, or one that was made for it, which is kept as if it had
   * brought it. Throws AppError `not_found`.
   */
  async function find(accountId: string, id: string): Promise<InputImage> {
    const known = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
    const input = known && (await prisma.inputImage.findFirst({ where: { id, accountId } }));
    // From now on it is wanted again, so that the sweep leaves it.
    if (input) {
      const [touched] = await touch(id);
      return touched ?? missing(id);
    }
    const made = known && (await prisma.image.findFirst({ where: { id, accountId, deletedAt: null, hiddenAt: null } }));
    const bytes = made && (await store.get(made.storageKey));
    return bytes ? keep(accountId, bytes) : missing(id);
  }

  /** The bytes of one that a generation starts from, or null when it has been deleted. */
  async function read(id: string): Promise<InputPicture | null> {
    const input = await prisma.inputImage.findUnique({ where: { id } });
    const bytes = input && (await store.get(input.storageKey));
    return input && bytes ? { bytes, contentType: input.contentType } : null;
  }

  /** Deletes what was brought long ago and never used. Answers how many there were. */
  async function sweep(): Promise<number> {
    const before = new Date(clock().getTime() - unusedDays * 86_400_000);
    const deleted = await database.run<{ storage_key: string }>(deleteUnused, [before]);
    for (const { storage_key: key } of deleted) await store.delete(key);
    return deleted.length;
  }

  async function keep(accountId: string, bytes: Uint8Array): Promise<InputImage> {
    const clean = await cleanPicture(bytes).catch(refusePicture);
    // The same picture has the same id. The file's name is new each time: a sweep that has just deleted the row can
    // only delete the file that it named.
    const id = generationIdOf(accountId, `input-${clean.sha256}`);
    const [known] = await touch(id);
    if (known) return known;
    const { bytes: file, extension, ...rest } = clean;
    const storageKey = `inputs/${randomUUID()}.${extension}`;
    await store.put(storageKey, file);
    const row = { ...rest, accountId, storageKey, bytes: file.length, createdAt: clock() };
    const kept = await prisma.inputImage.upsert({
      where: { id },
      create: { id, ...row },
      update: { createdAt: row.createdAt },
    });
    // Another request brought it at the same moment.
    if (kept.storageKey !== storageKey) await store.delete(storageKey);
    return kept;
  }

  const touch = (id: string) => prisma.inputImage.updateManyAndReturn({ where: { id }, data: { createdAt: clock() } });

  /** Counts a picture that is brought. Against abuse only, so while Redis is away all may pass. */
  async function count(accountId: string): Promise<void> {
    try {
      await uploads.consume(accountId);
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes)
        throw new AppError('upload_limit', {
          count: Math.max(1, Math.ceil(refusal.msBeforeNext / 60_000)),
          seconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)),
        });
    }
  }

  return { upload, fromUrl, find, read, sweep };
}

function missing(id: string): never {
  throw new AppError('not_found', { what: excerpt(id, 40), field: 'image_id' });
}

const tooLarge = () =>
  new AppError('image_too_large', {
    field: 'image',
    megabytes: inputLimits.bytes / 1_000_000,
    megapixels: inputLimits.pixels / 1_000_000,
  });

function refusePicture(error: unknown): never {
  if (!(error instanceof ImageError)) throw error;
  if (error.code === 'too_many_bytes' || error.code === 'too_many_pixels') throw tooLarge();
  throw new AppError('image_unreadable', { field: 'image' }, { cause: error });
}

function refuseAddress(error: unknown): never {
  if (!(error instanceof PublicFetchError)) throw error;
  if (error.code === 'too_large') throw tooLarge();
  const code = error.code === 'refused' ? 'image_url_refused' : 'image_url_failed';
  throw new AppError(code, { field: 'image_url' }, { cause: error });
}

const deleteUnused = {
  name: 'input_images_sweep',
  text: `DELETE FROM input_images WHERE id IN (
      SELECT id FROM input_images WHERE created_at < $1::timestamptz
        AND NOT EXISTS (SELECT 1 FROM generations WHERE input_image_id = input_images.id) LIMIT 500)
    AND created_at < $1::timestamptz RETURNING storage_key`,
};

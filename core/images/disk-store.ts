import { hash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ByteRange, contentTypeOfKey, type ImageStore, type OpenedImage } from './store.ts';

/**
 * Keeps pictures as files below `directory`, which is made when missing. Several processes may share it.
 * A crash in mid-write leaves at most a file in `incoming/`, never half a picture.
 */
export function createDiskStore({ directory }: { directory: string }): ImageStore {
  const incoming = join(directory, 'incoming');

  return {
    async put(key, bytes) {
      const path = pathOf(directory, key);
      const temporary = join(incoming, randomUUID());
      await makeDirectory(incoming);
      try {
        await writeDurably(temporary, bytes);
        await makeDirectory(dirname(path));
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      await syncDirectory(dirname(path));
    },

    async get(key) {
      return nullWhenMissing(readFile(pathOf(directory, key)));
    },

    async open(key, range) {
      const path = pathOf(directory, key);
      return nullWhenMissing(openRange(path, key, range));
    },

    async delete(key) {
      const path = pathOf(directory, key);
      const removed = await nullWhenMissing(rm(path).then(() => true));
      if (removed) await syncDirectory(dirname(path));
    },
  };
}

/**
 * One flat file a key: `+` cannot occur in keys, so no two keys meet, none leaves the directory and no deletion
 * leaves an empty folder. The 256 folders go by hash because keys made near each other in time begin alike.
 */
function pathOf(directory: string, key: string): string {
  contentTypeOfKey(key);
  return join(directory, hash('sha256', key).slice(0, 2), key.replaceAll('/', '+'));
}

async function openRange(path: string, key: string, range: ByteRange = { start: 0 }): Promise<OpenedImage> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const { start, end } = range;
    if (start > 0 && start >= size) throw new RangeError(`Range begins at ${start} of ${size} bytes`);
    return { stream: file.createReadStream({ start, end }), size, contentType: contentTypeOfKey(key) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx');
  await file.writeFile(bytes);
  await file.sync();
}

/** The name of a new folder is durable only once the folder above it is. */
async function makeDirectory(path: string): Promise<void> {
  const firstMade = await mkdir(path, { recursive: true });
  if (firstMade) await syncDirectory(dirname(firstMade));
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}

async function nullWhenMissing<Value>(reading: Promise<Value>): Promise<Value | null> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

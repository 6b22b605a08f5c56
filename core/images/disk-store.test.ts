import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDiskStore } from './disk-store.ts';
import { describeImageStore } from './store-contract.ts';

let parent: string;
let directory: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'easel-images-'));
  directory = join(parent, 'images');
});
afterEach(() => rm(parent, { recursive: true }));

describeImageStore('the disk store', async () => createDiskStore({ directory }));

describe('the disk store', () => {
  it('lays one file a picture in folders of two digits, and leaves nothing else behind', async () => {
    const store = createDiskStore({ directory });
    await store.put('made/1.png', new Uint8Array(3));
    await store.put('made/1.png', new Uint8Array(3));
    const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(files.map((file) => file.name)).toEqual(['made+1.png']);
    expect(files[0]?.parentPath).toMatch(/\/[0-9a-f]{2}$/);
    await store.delete('made/1.png');
    expect((await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.png'))).toEqual([]);
  });

  it('keeps what is there and cleans up when a write fails', async () => {
    const store = createDiskStore({ directory });
    await store.put('a.png', new Uint8Array(3));
    const [folder = ''] = (await readdir(directory)).filter((name) => name !== 'incoming');
    await rm(join(directory, folder), { recursive: true });
    await writeFile(join(directory, folder), 'a file where the folder should be');
    await expect(store.put('a.png', new Uint8Array(3))).rejects.toThrow(/EEXIST|ENOTDIR/);
    expect(await readdir(join(directory, 'incoming'))).toEqual([]);
  });

  it('reports what is wrong with the disk instead of calling the picture missing', async () => {
    const store = createDiskStore({ directory });
    await store.put('a.png', new Uint8Array(3));
    const [folder = ''] = (await readdir(directory)).filter((name) => name !== 'incoming');
    await rm(join(directory, folder, 'a.png'));
    await mkdir(join(directory, folder, 'a.png'));
    await expect(store.get('a.png')).rejects.toThrow(/EISDIR/);
  });
});

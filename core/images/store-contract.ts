import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ImageStore } from './store.ts';

const key = 'generations/0198c1f2-7d1e-7a60-9c3b-1f2e3d4c5b6a/0.png';
const bytes = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

/** What every image store must do. `createStore` gives an empty one for each test. */
export function describeImageStore(name: string, createStore: () => Promise<ImageStore>) {
  describe(`${name} keeps the contract of image stores`, () => {
    let store: ImageStore;
    beforeEach(async () => {
      store = await createStore();
    });

    it('gives back what was put', async () => {
      await store.put(key, bytes);
      expect([...((await store.get(key)) ?? [])]).toEqual([...bytes]);
    });

    it('answers null for what is not there', async () => {
      expect(await store.get(key)).toBeNull();
      expect(await store.open(key)).toBeNull();
      expect(await store.open(key, { start: 3 })).toBeNull();
    });

    it('keeps pictures of one folder, and names that could be taken for a folder, apart', async () => {
      await store.put('a.png', bytes.slice(0, 1));
      await store.put('a.png/b.png', bytes.slice(1, 2));
      await store.put('a.png/b.webp', bytes.slice(2, 3));
      await store.delete('a.png/b.png');
      expect([...((await store.get('a.png')) ?? [])]).toEqual([0]);
      expect(await store.get('a.png/b.png')).toBeNull();
      expect([...((await store.get('a.png/b.webp')) ?? [])]).toEqual([2]);
    });

    it('replaces the whole picture when the key is put again', async () => {
      await store.put(key, bytes);
      await store.put(key, bytes.slice(0, 4));
      await store.put(key, bytes.slice(0, 4));
      expect([...((await store.get(key)) ?? [])]).toEqual([0, 1, 2, 3]);
    });

    it('deletes, once or many times', async () => {
      await store.put(key, bytes);
      await store.delete(key);
      await store.delete(key);
      expect(await store.get(key)).toBeNull();
    });

    it.each([
      ['a.png', 'image/png'],
      ['a/b.jpg', 'image/jpeg'],
      ['a/b/c.webp', 'image/webp'],
    ])('streams %s whole as %s', async (name, contentType) => {
      await store.put(name, bytes);
      const opened = await store.open(name);
      expect(opened).toMatchObject({ size: 10, contentType });
      expect([...(await buffer(opened?.stream ?? Readable.from([])))]).toEqual([...bytes]);
    });

    it.each([
      ['the first byte', { start: 0, end: 0 }, [0]],
      ['a middle', { start: 3, end: 5 }, [3, 4, 5]],
      ['the rest', { start: 8 }, [8, 9]],
      ['the rest, asked for beyond the end', { start: 8, end: 400 }, [8, 9]],
    ])('streams a range: %s', async (_, range, expected) => {
      await store.put(key, bytes);
      const opened = await store.open(key, range);
      expect(opened?.size).toBe(10);
      expect([...(await buffer(opened?.stream ?? Readable.from([])))]).toEqual(expected);
    });

    it('refuses a range that begins after the end', async () => {
      await store.put(key, bytes);
      await expect(store.open(key, { start: 10 })).rejects.toThrow(RangeError);
    });

    it('never shows a picture half written', async () => {
      const size = 1_000_000;
      const versions = [1, 2, 3, 4, 5, 6].map((value) => new Uint8Array(size).fill(value));
      await store.put(key, new Uint8Array(size));
      let writing = true;
      const writes = Promise.all(versions.map((version) => store.put(key, version))).finally(() => {
        writing = false;
      });
      while (writing) {
        const seen = (await store.get(key)) ?? new Uint8Array();
        expect(seen.length).toBe(size);
        expect(seen.every((value) => value === seen[0])).toBe(true);
      }
      await writes;
    });

    it.each([
      '',
      '.png',
      'a',
      'a.gif',
      'a.PNG',
      'a b.png',
      'a\\b.png',
      'a+b.png',
      'ä.png',
      'a.png\n',
      'a.png\0.png',
      '/a.png',
      'a//b.png',
      'a/.b.png',
      './a.png',
      '../a.png',
      'a/../b.png',
      '%2e%2e/a.png',
      `${'a'.repeat(197)}.png`,
    ])('refuses %j as a key', async (invalid) => {
      await expect(store.put(invalid, bytes)).rejects.toThrow(TypeError);
      await expect(store.get(invalid)).rejects.toThrow(TypeError);
      await expect(store.open(invalid)).rejects.toThrow(TypeError);
      await expect(store.delete(invalid)).rejects.toThrow(TypeError);
    });
  });
}

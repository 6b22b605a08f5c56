import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeDataDir } from '../../test/support/holder.ts';
import { acquireLock } from './lock.ts';

let folder = '';
beforeEach(() => {
  folder = makeDataDir();
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a lock excludes until it is released, and then goes to who waits', async () => {
  const file = path.join(folder, 'one.lock');
  const first = await acquireLock(file, { waitMs: 0 });
  expect(await acquireLock(file, { waitMs: 0 })).toBeNull();
  const waiting = acquireLock(file, { waitMs: 10_000 });
  first?.release();
  const second = await waiting;
  expect(second).not.toBeNull();
  expect(await acquireLock(file, { waitMs: 0 })).toBeNull();
  second?.release();
});

test('a place that cannot be locked is an error that names the cure', async () => {
  await expect(acquireLock(folder, { waitMs: 0 })).rejects.toThrow(/local disk/);
});

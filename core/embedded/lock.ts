import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';

export type Lock = { release(): void };

const pollMs = 25;
const busyCode = 5;

/**
 * Takes the lock that `file` stands for, shared by all processes of the machine; null when it is still held after
 * `waitMs` milliseconds. Why SQLite: its file locks belong to the kernel, which frees them with the process that
 * held them however that ended, so there is no stale lock to detect and no number of a process to mistrust.
 */
export async function acquireLock(file: string, { waitMs }: { waitMs: number }): Promise<Lock | null> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const lock = tryLock(file);
    if (lock || performance.now() >= deadline) return lock;
    await wait(pollMs);
  }
}

function tryLock(file: string): Lock | null {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    const opened = database;
    opened.exec('BEGIN EXCLUSIVE');
    return { release: () => opened.isOpen && opened.close() };
  } catch (error) {
    database?.close();
    if ((error as { errcode?: number }).errcode === busyCode) return null;
    throw new Error(`${file} cannot be locked: put DATA_DIR on a local disk, in a folder that is yours`, {
      cause: error,
    });
  }
}

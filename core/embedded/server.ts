import { chmodSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { end, startFresh } from './launch-server.ts';
import { acquireLock, type Lock } from './lock.ts';
import { isRunning, type Program } from './process.ts';
import { readRecord, type ServerRecord, writeRecord } from './record.ts';
import { type Supervision, supervise } from './supervise.ts';

/** Where progress is told; a pino logger fits. What lives too briefly for errors later on may leave them out. */
export type ProgressLog = {
  info(message: string): void;
  warn(message: string): void;
  error?(message: string): void;
};

/** A server on 127.0.0.1. `owned`: this process stops it; otherwise another process of the same folder does. */
export type EmbeddedServer = { url: string; owned: boolean; stop(): Promise<void> };

/** What the life of PostgreSQL and of Redis has in common is here; this is what differs. */
export type ServerKind = {
  /** As people know it: `PostgreSQL`. */
  name: string;
  /** Setting that names a server of one's own instead. */
  setting: string;
  /** Whether the server on that port answers, and is the one of our data: never another's. */
  answers(port: number): Promise<boolean>;
  /** Makes the data folder, if need be, and tells how to start the server on that port. */
  prepare(port: number): Promise<Program>;
  /** The address once it answers. */
  open(port: number): Promise<string>;
  stopSignal: NodeJS.Signals;
  /** Signal when the first had no effect in time, still safe for the data. */
  urgentSignal: NodeJS.Signals;
};

const waits = { answerMs: 60_000, lockMs: 120_000, returnMs: 15_000, pollMs: 20 };

/**
 * Starts a server whose files are under `folder`, or joins the one that runs there. The owner is whoever holds
 * `owner.lock`, which the kernel frees when a process ends in any way: so a server left behind by a killed process
 * is adopted, and one whose owner lives is only used. The owner brings a server back that ends while it is needed,
 * on the same port with the same data.
 */
export async function startServer(
  kind: ServerKind,
  options: { folder: string; log: ProgressLog },
): Promise<EmbeddedServer> {
  openFolder(options.folder);
  const deadline = performance.now() + waits.returnMs;
  for (;;) {
    const server = await tryServer(kind, options);
    if (server) return server;
    if (performance.now() > deadline) {
      const owner = readRecord(options.folder)?.ownerPid ?? 'unknown';
      throw new Error(
        `${kind.name} of ${options.folder} has ended while process ${owner} still counts on it: restart that one`,
      );
    }
    await wait(100);
  }
}

/** Null when another process owns a server that does not run now: that one is bringing it back, or has given up. */
async function tryServer(
  kind: ServerKind,
  { folder, log }: { folder: string; log: ProgressLog },
): Promise<EmbeddedServer | null> {
  const starting = await lockStart(kind, folder);
  let ownership: Lock | null = null;
  try {
    ownership = await acquireLock(path.join(folder, 'owner.lock'), { waitMs: 0 });
    const found = await findRunning(kind, folder);
    if (!ownership) return found && { url: await kind.open(found.port), owned: false, stop: async () => {} };
    const port = found?.port ?? (await startFresh(kind, folder));
    writeRecord(folder, { ...readRecord(folder), ownerPid: process.pid } as ServerRecord);
    if (found) log.info(`Found ${kind.name} still running on port ${port}, and took it over`);
    const url = await kind.open(port);
    const supervision = superviseServer(kind, folder, log);
    return { url, owned: true, stop: createStop(kind, folder, { ownership, supervision }) };
  } catch (error) {
    ownership?.release();
    throw error;
  } finally {
    starting.release();
  }
}

function superviseServer(kind: ServerKind, folder: string, log: ProgressLog): Supervision {
  const logFile = path.join(folder, 'server.log');
  let stopped = false;
  const runs = () => {
    const running = readRecord(folder);
    return running !== null && isRunning(running);
  };
  const supervision = supervise({
    runs,
    async restart() {
      const starting = await lockStart(kind, folder);
      try {
        if (stopped || runs()) return;
        renameSync(logFile, `${logFile}.before`);
        log.warn(`${kind.name} has ended: starting it again. What it said is in ${logFile}.before`);
        await startFresh(kind, folder, readRecord(folder)?.port);
        log.info(`${kind.name} is back`);
      } catch (error) {
        log.warn((error as Error).message);
        throw error;
      } finally {
        starting.release();
      }
    },
    giveUp() {
      const message = `${kind.name} keeps ending and stays down: see ${logFile}, mend what it says and start Easel again, or set ${kind.setting} to a server of your own`;
      if (log.error) log.error(message);
      else log.warn(message);
    },
  });
  return {
    stop() {
      stopped = true;
      supervision.stop();
    },
  };
}

function openFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    // Another user may run the server: it passes through, and sees nothing.
    chmodSync(folder, 0o711);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(
      `Easel cannot use the folder ${folder} (${code}). Give it to the user that runs Easel, or set DATA_DIR to one that is theirs`,
      { cause: error },
    );
  }
}

async function lockStart(kind: ServerKind, folder: string): Promise<Lock> {
  const lock = await acquireLock(path.join(folder, 'start.lock'), { waitMs: waits.lockMs });
  if (lock) return lock;
  throw new Error(
    `Another process has been starting ${kind.name} in ${folder} for two minutes: end it and start again`,
  );
}

/** The server that an earlier start left running, waiting for one that is still coming up; null when none is. */
async function findRunning(kind: ServerKind, folder: string): Promise<ServerRecord | null> {
  const running = readRecord(folder);
  const deadline = performance.now() + waits.answerMs;
  while (running && isRunning(running)) {
    if (await kind.answers(running.port)) return running;
    if (performance.now() > deadline) {
      throw new Error(`${kind.name} (process ${running.pid}) does not answer: end it by \`kill ${running.pid}\``);
    }
    await wait(waits.pollMs);
  }
  return null;
}

function createStop(
  kind: ServerKind,
  folder: string,
  { ownership, supervision }: { ownership: Lock; supervision: Supervision },
): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    supervision.stop();
    const starting = await lockStart(kind, folder);
    try {
      const running = readRecord(folder);
      // Without process and time of birth the port is remembered for the next start.
      if (running) {
        writeRecord(folder, { ...running, pid: 0, birth: '' });
        await end(kind, running);
      }
    } finally {
      ownership.release();
      starting.release();
    }
  };
  return () => (stopping ??= stop());
}

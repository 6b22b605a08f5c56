import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { acquireLock, type Lock } from './lock.ts';
import { findFreePort, isRunning, launch, type ProcessMark, type Program } from './process.ts';

/** Where progress is told; a pino logger fits. */
export type ProgressLog = { info(message: string): void; warn(message: string): void };

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

type Running = ProcessMark & { port: number; ownerPid: number };

const waits = { startMs: 60_000, stopMs: 20_000, lockMs: 120_000, pollMs: 20 };

/**
 * Starts a server whose files are under `folder`, or joins the one that runs there. The owner is whoever holds
 * `owner.lock`, which the kernel frees when a process ends in any way: so a server left behind by a killed process
 * is adopted, and one whose owner lives is only used.
 */
export async function startServer(
  kind: ServerKind,
  { folder, log }: { folder: string; log: ProgressLog },
): Promise<EmbeddedServer> {
  openFolder(folder);
  const starting = await lockStart(kind, folder);
  let ownership: Lock | null = null;
  try {
    ownership = await acquireLock(path.join(folder, 'owner.lock'), { waitMs: 0 });
    const found = await findRunning(kind, folder);
    if (!ownership) return { url: await join(kind, folder, found), owned: false, stop: async () => {} };
    const port = found?.port ?? (await startFresh(kind, folder, log));
    remember(folder, { ...readRunning(folder), ownerPid: process.pid } as Running);
    if (found) log.info(`Found ${kind.name} still running on port ${port}, and took it over`);
    const url = await kind.open(port);
    return { url, owned: true, stop: createStop(kind, folder, ownership) };
  } catch (error) {
    ownership?.release();
    throw error;
  } finally {
    starting.release();
  }
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

async function join(kind: ServerKind, folder: string, found: Running | null): Promise<string> {
  if (found) return kind.open(found.port);
  const owner = readRunning(folder)?.ownerPid ?? 'unknown';
  throw new Error(`${kind.name} of ${folder} has ended while process ${owner} still counts on it: restart that one`);
}

/** The server that an earlier start left running, waiting for one that is still coming up; null when none is. */
async function findRunning(kind: ServerKind, folder: string): Promise<Running | null> {
  const running = readRunning(folder);
  const deadline = performance.now() + waits.startMs;
  while (running && isRunning(running)) {
    if (await kind.answers(running.port)) return running;
    if (performance.now() > deadline) {
      throw new Error(`${kind.name} (process ${running.pid}) does not answer: end it by \`kill ${running.pid}\``);
    }
    await wait(waits.pollMs);
  }
  return null;
}

async function startFresh(kind: ServerKind, folder: string, log: ProgressLog): Promise<number> {
  const logFile = path.join(folder, 'server.log');
  let preferred = readRunning(folder)?.port;
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort(preferred);
    const program = await kind.prepare(port);
    let serving = false;
    const mark = launch(program, logFile, () => {
      if (serving && readRunning(folder)?.pid === mark.pid) log.warn(`${kind.name} has ended: see ${logFile}`);
    });
    const running = { ...mark, port, ownerPid: process.pid };
    remember(folder, running);
    serving = await becomesReady(kind, running);
    if (serving) return port;
    await end(kind, running);
    const said = readTail(logFile);
    // The port was taken in between, or the last of a killed server's own processes are still ending.
    const portTaken = /address already in use/i.test(said);
    const ending = /shared memory block .* still in use/i.test(said);
    if (!(portTaken || ending) || attempt >= 10) throw describeFailure(kind, { folder, logFile, said });
    if (portTaken) preferred = undefined;
    else await wait(500);
  }
}

async function becomesReady(kind: ServerKind, running: Running): Promise<boolean> {
  const deadline = performance.now() + waits.startMs;
  while (isRunning(running)) {
    if (await kind.answers(running.port)) return true;
    if (performance.now() > deadline) return false;
    await wait(waits.pollMs);
  }
  return false;
}

function createStop(kind: ServerKind, folder: string, ownership: Lock): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    const starting = await lockStart(kind, folder);
    try {
      const running = readRunning(folder);
      // Without process and time of birth the port is remembered for the next start.
      if (running) {
        remember(folder, { ...running, pid: 0, birth: '' });
        await end(kind, running);
      }
    } finally {
      ownership.release();
      starting.release();
    }
  };
  return () => (stopping ??= stop());
}

async function end(kind: ServerKind, running: Running): Promise<void> {
  for (const signal of [kind.stopSignal, kind.urgentSignal, 'SIGKILL' as const]) {
    if (!isRunning(running)) return;
    process.kill(running.pid, signal);
    const deadline = performance.now() + waits.stopMs;
    while (isRunning(running) && performance.now() < deadline) await wait(waits.pollMs);
  }
}

function describeFailure(kind: ServerKind, given: { folder: string; logFile: string; said: string }): Error {
  const { folder, logFile, said } = given;
  const library = /error while loading shared libraries: (\S+):/.exec(said)?.[1];
  const cure = library
    ? `This machine lacks the library ${library}: install the package that holds it`
    : /no space left on device/i.test(said)
      ? `The disk that holds ${folder} is full: make room`
      : 'Mend what it says';
  return new Error(
    `${kind.name} did not start. ${cure}, or set ${kind.setting} to a server of your own. It said (${logFile}):\n${said}`,
  );
}

function readTail(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-12).join('\n');
}

function readRunning(folder: string): Running | null {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'server.json'), 'utf8')) as Running;
  } catch {
    // None yet, or cut short by a crash of the machine: either way nothing is known of a server.
    return null;
  }
}

function remember(folder: string, running: Running): void {
  writeFileSync(path.join(folder, 'server.json'), `${JSON.stringify(running)}\n`, { mode: 0o600 });
}

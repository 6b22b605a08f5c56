import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findFreePort, isRunning, launch } from './process.ts';
import { readRecord, type ServerRecord, writeRecord } from './record.ts';
import type { ServerKind } from './server.ts';

const waits = { startMs: 60_000, stopMs: 20_000, pollMs: 20 };

/** Starts a server; `fixedPort` is one that others know it by, else any will do. Rejects with the cure. */
export async function startFresh(kind: ServerKind, folder: string, fixedPort?: number): Promise<number> {
  const logFile = path.join(folder, 'server.log');
  let preferred = readRecord(folder)?.port;
  for (let attempt = 1; ; attempt++) {
    const port = fixedPort ?? (await findFreePort(preferred));
    const program = await kind.prepare(port);
    const running = { ...launch(program, logFile), port, ownerPid: process.pid };
    writeRecord(folder, running);
    if (await becomesReady(kind, running)) return port;
    await end(kind, running);
    const said = readTail(logFile);
    // The port was taken in between, or the last of a killed server's own processes are still ending.
    const portTaken = /address already in use/i.test(said);
    const ending = /shared memory block .* still in use/i.test(said);
    if (!(portTaken || ending) || attempt >= 10) throw describeFailure(kind, { folder, logFile, said });
    if (portTaken && !fixedPort) preferred = undefined;
    else await wait(500);
  }
}

async function becomesReady(kind: ServerKind, running: ServerRecord): Promise<boolean> {
  const deadline = performance.now() + waits.startMs;
  while (isRunning(running)) {
    if (await kind.answers(running.port)) return true;
    if (performance.now() > deadline) return false;
    await wait(waits.pollMs);
  }
  return false;
}

/** Stops a server, the gentlest way that has an effect. */
export async function end(kind: ServerKind, running: ServerRecord): Promise<void> {
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

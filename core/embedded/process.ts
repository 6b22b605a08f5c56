import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import net from 'node:net';

/** A process, and when it began: a number alone may have passed to a stranger after a crash. */
export type ProcessMark = { pid: number; birth: string };

export type Program = {
  command: string;
  arguments: string[];
  workingDirectory: string;
  /** All the variables it sees; ours without it. */
  environment?: Record<string, string>;
  /** Other user to run as; needs root. */
  user?: { uid: number; gid: number };
};

/**
 * Starts a program that outlives us, in a process group of its own so that Ctrl-C in a terminal does not reach it,
 * and with its output in a file, since a pipe would break when we are killed. Does not keep the event loop alive.
 */
export function launch(program: Program, logFile: string): ProcessMark {
  const output = openSync(logFile, 'w', 0o600);
  try {
    const child = spawn(program.command, program.arguments, {
      cwd: program.workingDirectory,
      env: program.environment,
      stdio: ['ignore', output, output],
      detached: true,
      ...program.user,
    });
    // A program that cannot be started has no process, which whoever waits for it notices.
    child.once('error', () => {});
    child.unref();
    return { pid: child.pid ?? 0, birth: child.pid ? (readBirth(child.pid) ?? '') : '' };
  } finally {
    closeSync(output);
  }
}

/** Whether that very process still runs; a dead one that nobody has buried yet does not count. */
export function isRunning({ pid, birth }: ProcessMark): boolean {
  return birth !== '' && readBirth(pid) === birth;
}

/** When a living process began, in the words of its system; null when there is none. */
export function readBirth(pid: number): string | null {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return stdout.trim() || null;
  }
  try {
    // The second field is the name in brackets and may hold spaces; what follows is plain.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
    const [state, started] = [fields[0], fields[19]];
    return state === 'Z' || state === 'X' ? null : `${readBoot()} ${started}`;
  } catch {
    return null;
  }
}

function readBoot(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

/** A TCP port of 127.0.0.1 that is free now: `preferred` when it is, else any. */
export async function findFreePort(preferred?: number): Promise<number> {
  return (preferred ? await tryPort(preferred) : null) ?? (await tryPort(0)) ?? 0;
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const { port: found } = server.address() as net.AddressInfo;
      server.close(() => resolve(found));
    });
  });
}

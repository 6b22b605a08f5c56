import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

export type Holder = {
  url: string;
  owned: boolean;
  child: ChildProcess;
  /** Sends the signal and waits for the process to be gone. */
  end(signal: NodeJS.Signals): Promise<void>;
};

/** Starts an embedded server from another process, in a process group of its own; rejects with what that one says. */
export async function holdServer(
  kind: 'postgres' | 'redis',
  dataDir: string,
  environment: Record<string, string> = {},
): Promise<Holder> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'hold-server.ts'), kind, dataDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
    detached: true,
  });
  const exited = once(child, 'exit');
  const fault = text(child.stderr);
  const line = await Promise.race([once(child.stdout, 'data'), exited.then(async () => Promise.reject(await fault))]);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
  };
  return { ...(JSON.parse(String(line[0])) as { url: string; owned: boolean }), child, end };
}

/** A temporary data folder that also the user whom root starts servers as can enter. */
export function makeDataDir(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'easel-data-'));
  chmodSync(folder, 0o711);
  return folder;
}

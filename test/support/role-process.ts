import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.join(import.meta.dirname, '../..');

export type RoleProcess = {
  /** Resident memory now, bytes, as the system counts it. */
  readMemory(): Promise<number>;
  /** Names of the packages loaded so far; only when they are watched. */
  readPackages(): Promise<string[]>;
  stop(): Promise<void>;
};

/** `npm start -- <roles>` on servers that are there. Resolves when it says that it is up. */
export async function startRoleProcess(
  roles: readonly string[],
  environment: Record<string, string>,
  { watchPackages = false } = {},
): Promise<RoleProcess> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'easel-role-'));
  const child = fork(path.join(root, 'main.ts'), roles, {
    cwd: dataDir,
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: '0', ...environment },
    execArgv: watchPackages ? ['--import', path.join(import.meta.dirname, 'watch-packages.ts')] : [],
    silent: true,
  });
  const ended = once(child, 'exit');
  await Promise.race([waitForStart(child), ended.then(() => rmSync(dataDir, { recursive: true, force: true }))]);
  return {
    async readMemory() {
      const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(child.pid)]);
      return Number(stdout) * 1024;
    },
    async readPackages() {
      const answered = once(child, 'message');
      child.send('packages');
      return (await answered)[0] as string[];
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function waitForStart(child: ChildProcess): Promise<void> {
  let output = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk;
        if (output.includes('Easel is up')) resolve();
      });
    }
    child.once('exit', () => reject(new Error(`Easel did not start:\n${output}`)));
  });
}

import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run, unpackDistributionPackage } from './distribution.ts';
import { acquireLock } from './lock.ts';
import type { ProgressLog } from './server.ts';

/** One binary that acts by the name it is called by; the packages ship it under the checker's name. */
const packages = [
  { name: 'redis-tools', binary: 'redis-check-rdb', called: 'redis-server' },
  { name: 'valkey-tools', binary: 'valkey-check-rdb', called: 'valkey-server' },
];

/**
 * The command that starts a Redis: one on PATH, else one unpacked under `folder` before, else the distribution's
 * own package unpacked there now. Rejects with the line to type when there is none of them.
 */
export async function findRedisProgram(folder: string, log: ProgressLog): Promise<string> {
  for (const { called } of packages) if (await runs(called)) return called;
  return unpackRedis(folder, log);
}

/** Unpacks the distribution's Redis under `folder`, once; resolves to the path of its `redis-server`. */
export async function unpackRedis(folder: string, log: ProgressLog): Promise<string> {
  const command = path.join(folder, 'program/bin/redis-server');
  mkdirSync(folder, { recursive: true });
  const lock = await acquireLock(path.join(folder, 'unpack.lock'), { waitMs: 120_000 });
  try {
    if (existsSync(command) && (await runs(command))) return command;
    log.info('Fetching Redis from your distribution (once, about 5 s)');
    const faults: string[] = [];
    for (const choice of packages) {
      const fault = await unpack(choice, path.join(folder, 'program')).catch((error: Error) => error.message);
      if (!fault) return command;
      faults.push(fault);
    }
    throw new Error(describeCure(faults[0] ?? ''));
  } finally {
    lock?.release();
  }
}

async function unpack(choice: (typeof packages)[number], program: string): Promise<void> {
  const unfinished = `${program}.new`;
  await unpackDistributionPackage(choice.name, unfinished);
  const root = path.join(unfinished, 'usr/bin');
  if (!existsSync(path.join(root, choice.called))) symlinkSync(choice.binary, path.join(root, choice.called));
  writeLauncher(unfinished, choice.called);
  const fault = await run(path.join(unfinished, 'bin/redis-server'), ['--version']).then(
    () => null,
    (error: Error) => error,
  );
  if (fault) throw fault;
  rmSync(program, { recursive: true, force: true });
  renameSync(unfinished, program);
}

/** A `redis-server` that finds the libraries unpacked beside it, wherever the folder is moved. */
function writeLauncher(program: string, called: string): void {
  const libraries = readdirSync(path.join(program, 'usr/lib'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.includes('.so'))
    .map((entry) => path.relative(program, entry.parentPath));
  const searched = [...new Set(libraries)].map((folder) => `$root/${folder}`).join(':');
  const lines = [
    '#!/bin/sh',
    'root=$(cd "$(dirname "$0")/.." && pwd)',
    `LD_LIBRARY_PATH="${searched}" exec "$root/usr/bin/${called}" "$@"`,
  ];
  const launcher = path.join(program, 'bin/redis-server');
  mkdirSync(path.dirname(launcher));
  writeFileSync(launcher, `${lines.join('\n')}\n`);
  chmodSync(launcher, 0o755);
}

function runs(command: string): Promise<boolean> {
  return run(command, ['--version']).then(
    () => true,
    () => false,
  );
}

function describeCure(fault: string): string {
  const line = process.platform === 'darwin' ? 'brew install redis' : 'sudo apt install redis-server';
  return `Easel needs Redis and found none: run \`${line}\`, or set REDIS_URL to a server of your own. Fetching it from your distribution failed: ${fault}`;
}

import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { PostgresPrograms } from './postgres-programs.ts';
import { readBirth } from './process.ts';

/** Runs initdb unless it ran before. Made aside and renamed, so that a crash never leaves half a cluster. */
export async function createCluster(
  programs: PostgresPrograms,
  { user, password, durable }: { user: string; password: string; durable: boolean },
): Promise<void> {
  const { cluster } = programs;
  if (existsSync(cluster)) return;
  const unfinished = `${cluster}.new`;
  const passwordFile = `${cluster}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  try {
    mkdirSync(unfinished, { mode: 0o700 });
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (programs.user) {
      for (const target of [unfinished, passwordFile]) chownSync(target, programs.user.uid, programs.user.gid);
    }
    // The built-in locale is the same on every system, where the C library's differ or are missing.
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const sign = ['-U', user, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    await run(programs, ['-D', unfinished, ...sign, ...locale, ...(durable ? [] : ['--no-sync'])]);
    renameSync(unfinished, cluster);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * Removes the file by which PostgreSQL knows that it runs already, when a crash left it behind and its number now
 * belongs to a stranger. With the number of no process it stays: PostgreSQL then checks its shared memory as well.
 */
export async function removeStalePid(cluster: string, serves: (port: number) => Promise<boolean>): Promise<void> {
  const file = path.join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return;
  const lines = readFileSync(file, 'utf8').split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!readBirth(pid)) return;
  if (port && (await serves(port))) {
    throw new Error(`Something else started PostgreSQL on ${cluster}: end it by \`kill -INT ${pid}\` and start again`);
  }
  rmSync(file);
}

async function run(programs: PostgresPrograms, given: string[]): Promise<void> {
  const child = spawn(programs.initdb, given, {
    cwd: '/',
    env: programs.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...programs.user,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [code, , said] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code === 0) return;
  throw new Error(
    `PostgreSQL could not make its data folder ${programs.cluster}. Mend what it says, or set DATABASE_URL to a server of your own:\n${said.trim()}`,
  );
}

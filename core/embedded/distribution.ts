import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';

/**
 * Unpacks a package of Debian, Ubuntu or their kin, and whatever of its dependencies this machine lacks, into
 * `target`, without root and without installing: apt checks the signatures, its lists and archives are our own.
 * Rejects when there is no apt, no network or no such package; `target` is then gone.
 */
export async function unpackDistributionPackage(name: string, target: string): Promise<void> {
  const work = `${target}.download`;
  rmSync(work, { recursive: true, force: true });
  rmSync(target, { recursive: true, force: true });
  const archives = path.join(work, 'archives');
  for (const folder of [path.join(work, 'lists/partial'), path.join(archives, 'partial'), target]) {
    mkdirSync(folder, { recursive: true });
  }
  const options = [
    `Dir::State::Lists=${path.join(work, 'lists')}`,
    `Dir::Cache=${work}`,
    `Dir::Cache::Archives=${archives}`,
    // As root apt would fetch as another user, who may not reach our folder.
    'APT::Sandbox::User=',
    // The locks are of the machine's package database, which is only read.
    'Debug::NoLocking=1',
  ].flatMap((option) => ['-o', option]);
  try {
    await run('apt-get', ['-qq', ...options, 'update']);
    const quietly = ['--download-only', '--no-install-recommends', '--yes'];
    await run('apt-get', ['-qq', ...options, ...quietly, 'install', name]);
    for (const file of readdirSync(archives)) {
      if (file.endsWith('.deb')) await run('dpkg', ['-x', path.join(archives, file), target]);
    }
  } catch (error) {
    rmSync(target, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Runs a program to its end, which must be 0; resolves to what it wrote to standard output. */
export async function run(command: string, given: string[]): Promise<string> {
  const child = spawn(command, given, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [code, output, fault] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code === 0) return output;
  throw new Error(`${command} ${given.at(-1)} ended with ${code}: ${fault.trim() || output.trim()}`);
}

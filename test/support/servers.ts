import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import pg from 'pg';
import { inject } from 'vitest';
import { findFreePort } from '../../core/embedded/process.ts';

export type TestDatabase = { url: string; drop(): Promise<void> };

/** A migrated, empty database of one's own, cloned from the run's template. `drop` also cuts open connections. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = new URL(inject('templateUrl'));
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(`CREATE DATABASE ${name} TEMPLATE ${template.pathname.slice(1)}`);
  const url = new URL(template);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(`DROP DATABASE ${name} WITH (FORCE)`) };
}

export type TestRedis = {
  url: string;
  port: number;
  /** Ends it in order and removes its data. */
  stop(): Promise<void>;
  /** Cuts its power: SIGKILL. */
  kill(): Promise<void>;
  /** Comes back on the same port with the same data, or with none. */
  restart(options?: { empty?: boolean }): Promise<void>;
};

/** A real Redis on a port of its own, with the settings of production: append-only file, no eviction. */
export async function startTestRedis(): Promise<TestRedis> {
  const port = await findFreePort();
  const folder = mkdtempSync(path.join(tmpdir(), 'easel-redis-'));
  let server = await launchRedis(port, folder);
  const end = async (signal: NodeJS.Signals) => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  };
  const killLeftover = () => server.kill('SIGKILL');
  process.once('exit', killLeftover);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    stop: async () => {
      await end('SIGTERM');
      process.off('exit', killLeftover);
      rmSync(folder, { recursive: true });
    },
    kill: () => end('SIGKILL'),
    restart: async ({ empty = false } = {}) => {
      await end('SIGTERM');
      if (empty) rmSync(path.join(folder, 'appendonlydir'), { recursive: true });
      server = await launchRedis(port, folder);
    },
  };
}

async function launchRedis(port: number, folder: string): Promise<ChildProcess> {
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    'maxmemory-policy': 'noeviction',
  };
  const given = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(inject('redisProgram'), given, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: string[] = [];
  const ready = await waitForReady(createInterface({ input: child.stdout }), said);
  if (!ready) throw new Error(`The test's Redis did not start:\n${said.join('\n')}`);
  return child;
}

/** Goes on reading afterwards: a full pipe would halt the server. */
function waitForReady(lines: Interface, said: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      said.push(line);
      if (line.includes('Ready to accept connections')) resolve(true);
    });
    lines.once('close', () => resolve(false));
  });
}

async function administer(sql: string): Promise<void> {
  const url = new URL(inject('templateUrl'));
  // Not the template itself: it cannot be cloned while anyone is connected to it.
  url.pathname = '/postgres';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

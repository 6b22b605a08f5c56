import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

export type EaselProcess = {
  /** Where its web role answers, or null. */
  url: string | null;
  /** Cuts its power: SIGKILL. */
  kill(): Promise<void>;
  /** Asks it to stop; resolves to its exit code. */
  stop(): Promise<number | null>;
  /** What it said so far. */
  output(): string;
};

/** Easel in a process of its own with these roles; resolves when it is up. */
export async function startEasel(roles: readonly string[], environment: Record<string, string>): Promise<EaselProcess> {
  const child: ChildProcess = fork(path.join(import.meta.dirname, 'run-easel.ts'), [...roles], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      SECRET_KEY: 'a-key-for-tests-a-key-for-tests-a-key',
      PORT: '0',
      ...environment,
    },
    execArgv: [],
    silent: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
  const ended = once(child, 'exit');
  const first = await Promise.race([once(child, 'message'), ended]);
  const message = first[0] as { url: string | null } | number | null;
  if (typeof message !== 'object' || message === null) throw new Error(`Easel did not start:\n${output}`);
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    const [code] = await ended;
    return code;
  };
  return {
    url: message.url,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    output: () => output,
  };
}

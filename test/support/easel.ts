import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';

const cli = path.join(import.meta.dirname, '../../cli.ts');

export type CliResult = { code: number; output: string; errors: string; json<T = unknown>(): T };

/** Runs the operator's command line in `folder`, whose data folder it uses, with those settings and no others. */
export async function runEasel(
  folder: string,
  typed: readonly string[],
  settings: Record<string, string> = {},
): Promise<CliResult> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [cli, ...typed], {
    cwd: folder,
    env: { PATH, HOME, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number]>;
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { code, output, errors, json: () => JSON.parse(output) };
}

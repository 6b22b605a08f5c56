/**
 * `npm run -s easel -- …`: the operator's command line. The answer goes to standard output, as one JSON object
 * with --json; progress goes to standard error. Exit code 0 when all is well, 1 when not, 2 when what was typed is
 * not understood.
 */
import { existsSync } from 'node:fs';
import { type Answer, CommandError, type Given, UsageError } from './cli/command.ts';
import { cliCommands } from './cli/commands.ts';
import { describeUsage, readArguments } from './cli/read-arguments.ts';
import { readSettings, SettingsError } from './core/settings.ts';

if (existsSync('.env')) process.loadEnvFile('.env');

const typed = process.argv.slice(2);
const json = typed.includes('--json');

try {
  const answer = await run();
  print(answer);
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  const { code, exitCode, message } = await explain(error);
  if (json) console.log(JSON.stringify({ ok: false, error: { code, message } }));
  else console.error(message);
  process.exitCode = exitCode;
}

async function run(): Promise<Answer> {
  const { command, ...given } = readArguments(typed, cliCommands);
  if (!command) return describeAll();
  const { run: start } = await command.load();
  return start({ ...given, readSettings: () => readSettings(process.env), openLog });
}

function print({ ok, lines, data }: Answer): void {
  if (json) console.log(JSON.stringify({ ok, ...data }));
  else for (const line of lines) console.log(line);
}

function describeAll(): Answer {
  const lines = cliCommands.flatMap((command) => [describeUsage(command), `  ${command.summary}`]);
  const commands = cliCommands.map(({ name, usage, summary }) => ({ name, usage, summary }));
  return { ok: true, lines, data: { commands } };
}

/** Progress is told to whoever watches; a program is told what goes wrong. */
async function openLog(settings: ReturnType<Given['readSettings']>) {
  const { createLog } = await import('./core/log.ts');
  return createLog(json ? { ...settings, logLevel: 'warn' } : settings, 2);
}

async function explain(error: unknown): Promise<{ code: string; exitCode: number; message: string }> {
  if (error instanceof UsageError) return { code: 'usage', exitCode: 2, message: error.message };
  if (error instanceof SettingsError) return { code: 'settings', exitCode: 1, message: error.message };
  if (error instanceof CommandError) return { code: 'refused', exitCode: 1, message: error.message };
  const { AppError } = await import('./core/errors.ts');
  if (error instanceof AppError) {
    const { createWords } = await import('./core/words/words.ts');
    const message = createWords().plain('en', `errors.${error.code}`, error.values);
    return { code: error.code, exitCode: 1, message };
  }
  return { code: 'failed', exitCode: 1, message: error instanceof Error ? error.message : String(error) };
}

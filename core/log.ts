import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { Settings } from './settings.ts';

export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled'>;

/** Things that must never be written, wherever they hang. */
const secretNames = [
  'prompt',
  'negativePrompt',
  'code',
  'token',
  'password',
  'secret',
  'authorization',
  'cookie',
  'email',
  'text',
];

/**
 * JSON lines in production, readable ones for people. Names of secret things are removed
 * at the top two levels as a second line of defence; callers pass ids and error codes only.
 * @param destination 1 for standard output; 2 for standard error, where the output is for programs
 */
export function createLog(settings: Pick<Settings, 'logLevel' | 'production'>, destination: 1 | 2 = 1): pino.Logger {
  const options: pino.LoggerOptions = {
    level: settings.logLevel,
    base: null,
    serializers: { err: describeError },
    redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`]), remove: true },
  };
  if (settings.production) return pino(options, pino.destination({ fd: destination, sync: true }));
  const format = { colorize: process.stdout.isTTY === true, translateTime: 'SYS:HH:MM:ss', ignore: 'hostname,pid' };
  return pino(options, pretty({ ...format, singleLine: true, sync: true, destination }));
}

/**
 * What the log tells of an error. Nothing else that hangs on it: a database error carries the row it
 * failed on, an HTTP client's the whole request.
 */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack } = pino.stdSerializers.err(error);
  if (!/Prisma\w*Validation/.test(type)) return { type, message, stack };
  // Its words begin with all that was to be written and end with what was wrong.
  return { type, message: message.split('\n\n').at(-1), stack: stack.match(/^ {4}at .*$/gm)?.join('\n') };
}

import { pino } from 'pino';
import type { Settings } from './settings.ts';

export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

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
 * JSON lines on standard output, or readable ones on a terminal. Names of secret things are removed
 * at the top two levels as a second line of defence; callers pass ids and error codes only.
 */
export function createLog(settings: Pick<Settings, 'logLevel'>, { pretty }: { pretty: boolean }): pino.Logger {
  return pino({
    level: settings.logLevel,
    base: null,
    redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`]), remove: true },
    ...(pretty
      ? { transport: { target: 'pino-pretty', options: { translateTime: 'HH:MM:ss', singleLine: true } } }
      : {}),
  });
}

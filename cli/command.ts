import type { Log } from '../core/log.ts';
import type { Settings } from '../core/settings.ts';

/** What a command says: lines for people, the same as data for programs. */
export type Answer = { ok: boolean; lines: string[]; data: Record<string, unknown> };

/** What a command is given, names checked; options that were left out are absent. */
export type Given = {
  positionals: readonly string[];
  options: Readonly<Record<string, string>>;
  /** Reads the environment. Throws SettingsError. */
  readSettings(): Settings;
  /** For progress: it goes to standard error, so that the answer stands alone on standard output. */
  openLog(settings: Settings): Promise<Log>;
};

export type CliCommand = {
  /** As typed: `plan set`. */
  name: string;
  summary: string;
  /** What is typed after the name, as help shows it. */
  usage: string;
  /** Names of what must follow the name. */
  positionals: readonly string[];
  /** Names of options; every one takes a value. */
  options: readonly string[];
  /** Loaded when it is run, since some must answer within a second. */
  load(): Promise<{ run(given: Given): Promise<Answer> }>;
};

/** What was typed is not understood; exit code 2. */
export class UsageError extends Error {}

/** What was asked for cannot be done, as its message says; exit code 1. */
export class CommandError extends Error {}

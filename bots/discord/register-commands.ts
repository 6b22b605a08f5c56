import { isDeepStrictEqual } from 'node:util';
import type { Core } from '../../core/index.ts';
import type { Dispatch } from '../chat.ts';
import type { DiscordApi } from './api.ts';
import { encodeCommands } from './encode-commands.ts';

/** Brings Discord's list of our commands up to date; says nothing to Discord when it is so already. Gives whether it changed. */
export async function registerCommands(parts: {
  core: Core;
  dispatch: Dispatch;
  api: DiscordApi;
  applicationId: string;
}): Promise<boolean> {
  const wanted = encodeCommands(parts.dispatch.commands, parts.core);
  const present = await parts.api.readCommands(parts.applicationId);
  if (isDeepStrictEqual(present.map(readKnown).sort(byName), wanted.map(readKnown).sort(byName))) return false;
  await parts.api.replaceCommands(parts.applicationId, wanted);
  return true;
}

const knownFields = [
  'type',
  'name',
  'description',
  'description_localizations',
  'name_localizations',
  'integration_types',
  'contexts',
  'required',
  'min_value',
  'max_value',
  'max_length',
  'autocomplete',
  'value',
];

/** What we say about a command, an option or a choice, without what Discord adds and what is the same as saying nothing. */
function readKnown(entry: object): Record<string, unknown> {
  const source = entry as Record<string, unknown>;
  const own = Object.fromEntries(
    knownFields.map((field) => [field, source[field]]).filter(([, value]) => !saysNothing(value)),
  );
  const lists = ['options', 'choices'].map((field) => [field, ((source[field] ?? []) as object[]).map(readKnown)]);
  return { ...own, ...Object.fromEntries(lists) };
}

function saysNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function byName(left: Record<string, unknown>, right: Record<string, unknown>): number {
  return String(left.name).localeCompare(String(right.name));
}

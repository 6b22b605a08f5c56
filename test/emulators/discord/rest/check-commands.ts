import type { Wire } from '../model/state.ts';
import { checkOptions } from './check-options.ts';
import { notEmulated, refusal } from './faults.ts';
import type { Form, Path } from './form.ts';
import { checkChoice, checkList, checkRecord, checkText, createForm, isAbsent } from './form.ts';

/** What Discord allows in a chat command's name; the scripts let Hindi and Thai vowel signs through. */
const NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;
const MAX_COMMANDS = 100;
const MAX_COMMAND_TEXT = 8_000;

/** The languages that Discord's client speaks; localisations for any other are refused. */
const LOCALES =
  'id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja zh-TW ko'.split(
    ' ',
  );

/** Checks the whole list of a bulk overwrite; throws 50035 with every fault or 30032 for too many. */
export function checkCommands(value: unknown): Wire[] {
  const form = createForm();
  const commands = checkList(form, [], value, { max: Number.MAX_SAFE_INTEGER, required: true });
  if (commands.length > MAX_COMMANDS) throw refusal('tooManyCommands');
  const names = new Set<unknown>();
  for (const [place, command] of commands) {
    if ((command.type ?? 1) !== 1) throw notEmulated('user, message or entry-point commands');
    checkNamed(form, [place], command);
    checkOptions(form, [place, 'options'], command.options);
    checkWhere(form, [place], command);
    if (names.has(command.name)) {
      form.refuse([place, 'name'], 'APPLICATION_COMMANDS_DUPLICATE_NAME', 'Application command names must be unique');
    }
    names.add(command.name);
    if (countText(command) > MAX_COMMAND_TEXT) {
      form.refuse([place], 'APPLICATION_COMMAND_TOO_LARGE', `Command exceeds maximum size (${MAX_COMMAND_TEXT})`);
    }
  }
  form.finish();
  return commands.map(([, command]) => command);
}

/** Name and description with their translations, as commands and options both have them. */
export function checkNamed(form: Form, path: Path, entry: Wire): void {
  checkName(form, [...path, 'name'], entry.name);
  checkText(form, [...path, 'description'], entry.description, { min: 1, max: 100, required: true });
  checkTranslations(form, [...path, 'name_localizations'], entry.name_localizations, checkName);
  checkTranslations(form, [...path, 'description_localizations'], entry.description_localizations, (at, path2, text) =>
    checkText(at, path2, text, { min: 1, max: 100 }),
  );
}

/** Translations of one text: known locales only, each within the text's own rule. */
export function checkTranslations(
  form: Form,
  path: Path,
  value: unknown,
  check: (form: Form, path: Path, text: unknown) => void,
): void {
  if (isAbsent(value) || !checkRecord(form, path, value)) return;
  for (const [locale, text] of Object.entries(value)) {
    if (LOCALES.includes(locale)) check(form, [...path, locale], text);
    else form.refuse([...path, locale], 'BASE_TYPE_CHOICES', `Value must be one of {${LOCALES.join(', ')}}.`);
  }
}

function checkName(form: Form, path: Path, value: unknown): void {
  if (!checkText(form, path, value, { min: 1, max: 32, required: true })) return;
  if (!NAME.test(value) || value !== value.toLowerCase()) {
    form.refuse(path, 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid');
  }
}

function checkWhere(form: Form, path: Path, command: Wire): void {
  for (const [name, allowed] of [
    ['contexts', [0, 1, 2]],
    ['integration_types', [0, 1]],
  ] as const) {
    const list = command[name];
    if (isAbsent(list)) continue;
    if (!Array.isArray(list)) {
      form.refuse([...path, name], 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType');
      continue;
    }
    for (const [place, each] of list.entries()) checkChoice(form, [...path, name, place], each, allowed);
  }
  const permissions = command.default_member_permissions;
  if (!isAbsent(permissions) && !/^\d+$/.test(String(permissions))) {
    form.refuse([...path, 'default_member_permissions'], 'NUMBER_TYPE_COERCE', `Value "${permissions}" is not int.`);
  }
}

/** Discord counts names, descriptions and choice values through the whole tree. */
function countText(entry: Wire): number {
  const nested = ['options', 'choices'].flatMap((name) => (Array.isArray(entry[name]) ? (entry[name] as Wire[]) : []));
  const own = [entry.name, entry.description, entry.value].reduce<number>(
    (sum, text) => sum + (typeof text === 'string' ? text.length : 0),
    0,
  );
  return nested.reduce((sum, each) => sum + countText(each), own);
}

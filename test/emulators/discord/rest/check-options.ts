import type { Wire } from '../model/state.ts';
import { checkNamed, checkTranslations } from './check-commands.ts';
import type { Form, Path } from './form.ts';
import { checkChoice, checkInteger, checkList, checkText, isAbsent } from './form.ts';

export const OptionType = {
  subcommand: 1,
  group: 2,
  string: 3,
  integer: 4,
  boolean: 5,
  user: 6,
  channel: 7,
  role: 8,
  mentionable: 9,
  number: 10,
  attachment: 11,
} as const;

const MAX_INTEGER = 2 ** 53;
const NUMERIC: number[] = [OptionType.integer, OptionType.number];
const WITH_CHOICES: number[] = [OptionType.string, ...NUMERIC];
const NESTING: number[] = [OptionType.subcommand, OptionType.group];

/** The options of a command, a group (`depth` 1) or a subcommand (`depth` 2). */
export function checkOptions(form: Form, path: Path, value: unknown, depth = 0): void {
  const options = checkList(form, path, value, { max: 25 });
  const names = new Set<unknown>();
  let optionalSeen = false;
  for (const [place, option] of options) {
    const here = [...path, place];
    if (!checkChoice(form, [...here, 'type'], option.type, Object.values(OptionType))) continue;
    checkNamed(form, here, option);
    if (names.has(option.name)) {
      form.refuse(here, 'APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS', 'Option name already exists');
    }
    names.add(option.name);
    if (NESTING.includes(option.type as number)) {
      checkNesting(form, here, option, depth);
      continue;
    }
    if (option.required === true && optionalSeen) {
      form.refuse(
        here,
        'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
        'Required options must be placed before non-required options',
      );
    }
    optionalSeen ||= option.required !== true;
    checkChoices(form, here, option);
    checkBounds(form, here, option);
  }
  const nesting = options.filter(([, option]) => NESTING.includes(option.type as number)).length;
  if (nesting > 0 && nesting < options.length) {
    form.refuse(
      path,
      'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
      'Sub-command and sub-command group option types are mutually exclusive to all other types',
    );
  }
}

function checkNesting(form: Form, path: Path, option: Wire, depth: number): void {
  const tooDeep = option.type === OptionType.group ? depth > 0 : depth > 1;
  if (tooDeep)
    form.refuse([...path, 'type'], 'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID', 'Invalid nesting of sub-commands');
  else checkOptions(form, [...path, 'options'], option.options, option.type === OptionType.group ? 1 : 2);
}

function checkChoices(form: Form, path: Path, option: Wire): void {
  const { choices, autocomplete, type } = option;
  if (isAbsent(choices) && autocomplete !== true) return;
  if (!WITH_CHOICES.includes(type as number)) {
    form.refuse(
      path,
      'APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID',
      'This option type cannot have choices or autocomplete',
    );
    return;
  }
  if (autocomplete === true && Array.isArray(choices) && choices.length > 0) {
    form.refuse(
      [...path, 'choices'],
      'APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES',
      'Autocomplete options cannot have choices',
    );
  }
  checkChoiceList(form, [...path, 'choices'], choices, type as number);
}

/** Up to 25 choices whose values fit the option's type; autocomplete answers follow the same rule. */
export function checkChoiceList(form: Form, path: Path, value: unknown, type: number): Wire[] {
  const names = new Set<unknown>();
  const choices = checkList(form, path, value, { max: 25 });
  for (const [place, choice] of choices) {
    const here = [...path, place];
    checkText(form, [...here, 'name'], choice.name, { min: 1, max: 100, required: true });
    checkTranslations(form, [...here, 'name_localizations'], choice.name_localizations, (at, where, text) =>
      checkText(at, where, text, { min: 1, max: 100 }),
    );
    if (type === OptionType.string) checkText(form, [...here, 'value'], choice.value, { max: 100, required: true });
    else if (type === OptionType.integer)
      checkInteger(form, [...here, 'value'], choice.value, { min: -MAX_INTEGER, max: MAX_INTEGER });
    else if (typeof choice.value !== 'number')
      form.refuse([...here, 'value'], 'NUMBER_TYPE_COERCE', `Value ${JSON.stringify(choice.value)} is not float.`);
    if (names.has(choice.name))
      form.refuse(
        [...here, 'name'],
        'APPLICATION_COMMAND_OPTIONS_CHOICES_NAME_ALREADY_EXISTS',
        'Choice name already exists',
      );
    names.add(choice.name);
  }
  return choices.map(([, choice]) => choice);
}

function checkBounds(form: Form, path: Path, option: Wire): void {
  const { min_value: low, max_value: high, min_length: shortest, max_length: longest, type } = option;
  if (!isAbsent(low) || !isAbsent(high)) {
    if (!NUMERIC.includes(type as number))
      form.refuse(
        path,
        'APPLICATION_COMMAND_OPTIONS_MIN_MAX_VALUE_INVALID',
        'Only number options can have a minimum or maximum value',
      );
    else if (typeof low === 'number' && typeof high === 'number' && low > high)
      form.refuse(
        [...path, 'max_value'],
        'APPLICATION_COMMAND_OPTIONS_MIN_MAX_VALUE_INVALID',
        'The maximum must not be below the minimum',
      );
  }
  if (isAbsent(shortest) && isAbsent(longest)) return;
  if (type !== OptionType.string)
    form.refuse(
      path,
      'APPLICATION_COMMAND_OPTIONS_MIN_MAX_LENGTH_INVALID',
      'Only string options can have a minimum or maximum length',
    );
  checkInteger(form, [...path, 'min_length'], shortest, { min: 0, max: 6000 });
  checkInteger(form, [...path, 'max_length'], longest, { min: 1, max: 6000 });
  if (typeof shortest === 'number' && typeof longest === 'number' && shortest > longest) {
    form.refuse(
      [...path, 'max_length'],
      'APPLICATION_COMMAND_OPTIONS_MIN_MAX_LENGTH_INVALID',
      'The maximum must not be below the minimum',
    );
  }
}

import type { Wire } from '../model/state.ts';
import { checkUrl } from './check-embeds.ts';
import type { Form, Path } from './form.ts';
import { checkChoice, checkInteger, checkList, checkRecord, checkText, isAbsent } from './form.ts';

const ROW = 1;
const BUTTON = 2;
const STRING_SELECT = 3;
const SELECTS = [STRING_SELECT, 5, 6, 7, 8];
const LINK_STYLE = 5;

/** Up to five rows, each of up to five buttons or one select menu, with unique custom ids. */
export function checkComponents(form: Form, path: Path, value: unknown): void {
  const seen = new Set<string>();
  for (const [place, row] of checkList(form, path, value, { max: 5 })) {
    const here = [...path, place];
    if (row.type !== ROW) {
      form.refuse([...here, 'type'], 'UNION_TYPE_CHOICES', `Value of field "type" must be one of (${ROW},).`);
      continue;
    }
    const children = checkList(form, [...here, 'components'], row.components, { min: 1, max: 5, required: true });
    for (const [index, child] of children) {
      checkChild(form, [...here, 'components', index], child, seen);
    }
    if (children.length > 1 && children.some(([, child]) => SELECTS.includes(child.type as number))) {
      form.refuse(
        [...here, 'components'],
        'COMPONENT_LAYOUT_WIDTH_EXCEEDED',
        'The specified component exceeds the maximum width',
      );
    }
  }
}

function checkChild(form: Form, path: Path, child: Wire, seen: Set<string>): void {
  if (child.type === BUTTON) checkButton(form, path, child, seen);
  else if (SELECTS.includes(child.type as number)) checkSelect(form, path, child, seen);
  else
    form.refuse(
      [...path, 'type'],
      'UNION_TYPE_CHOICES',
      `Value of field "type" must be one of (${[BUTTON, ...SELECTS].join(', ')}).`,
    );
}

function checkButton(form: Form, path: Path, button: Wire, seen: Set<string>): void {
  if (!checkChoice(form, [...path, 'style'], button.style, [1, 2, 3, 4, 5])) return;
  checkText(form, [...path, 'label'], button.label, { max: 80 });
  if (isAbsent(button.label) && isAbsent(button.emoji)) {
    form.refuse(path, 'BUTTON_COMPONENT_CONTENT_REQUIRED', 'A button must have a label or an emoji');
  }
  checkEmoji(form, [...path, 'emoji'], button.emoji);
  if (button.style !== LINK_STYLE) {
    if (!isAbsent(button.url)) {
      form.refuse(path, 'BUTTON_COMPONENT_INVALID_URL', 'A custom id and url cannot both be specified');
    }
    checkCustomId(form, [...path, 'custom_id'], button.custom_id, seen);
    return;
  }
  checkUrl(form, [...path, 'url'], button.url, ['http', 'https', 'discord'], true);
  if (typeof button.url === 'string' && button.url.length > 512) {
    form.refuse([...path, 'url'], 'BASE_TYPE_MAX_LENGTH', 'Must be 512 or fewer in length.');
  }
  if (!isAbsent(button.custom_id)) {
    form.refuse(path, 'BUTTON_COMPONENT_INVALID_CUSTOM_ID', 'A custom id and url cannot both be specified');
  }
}

function checkSelect(form: Form, path: Path, select: Wire, seen: Set<string>): void {
  checkCustomId(form, [...path, 'custom_id'], select.custom_id, seen);
  checkText(form, [...path, 'placeholder'], select.placeholder, { max: 150 });
  checkInteger(form, [...path, 'min_values'], select.min_values, { min: 0, max: 25 });
  checkInteger(form, [...path, 'max_values'], select.max_values, { min: 1, max: 25 });
  if (select.type !== STRING_SELECT) return;
  const at = [...path, 'options'];
  const values = new Set<unknown>();
  for (const [index, option] of checkList(form, at, select.options, { min: 1, max: 25, required: true })) {
    checkText(form, [...at, index, 'label'], option.label, { min: 1, max: 100, required: true });
    checkText(form, [...at, index, 'value'], option.value, { min: 1, max: 100, required: true });
    checkText(form, [...at, index, 'description'], option.description, { max: 100 });
    checkEmoji(form, [...at, index, 'emoji'], option.emoji);
    if (values.has(option.value)) {
      form.refuse(
        [...at, index, 'value'],
        'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED',
        'The specified option value is already used',
      );
    }
    values.add(option.value);
  }
}

/** A custom id is counted even on a disabled component. */
function checkCustomId(form: Form, path: Path, value: unknown, seen: Set<string>): void {
  if (!checkText(form, path, value, { min: 1, max: 100, required: true })) return;
  if (seen.has(value)) {
    form.refuse(path, 'COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated');
  }
  seen.add(value);
}

function checkEmoji(form: Form, path: Path, value: unknown): void {
  if (isAbsent(value) || !checkRecord(form, path, value)) return;
  const { id, name } = value;
  const ownEmoji = typeof id === 'string' && /^\d{17,20}$/.test(id);
  const unicode = typeof name === 'string' && /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(name);
  if (!ownEmoji && (!isAbsent(id) || !unicode)) {
    form.refuse(path, 'COMPONENT_INVALID_EMOJI', 'Invalid emoji');
  }
}

import type { MessageChange } from '../model/messages.ts';
import type { Message, Wire } from '../model/state.ts';
import { MessageFlag } from '../model/state.ts';
import type { UploadedFile } from './body.ts';
import { checkComponents } from './check-components.ts';
import { checkEmbeds } from './check-embeds.ts';
import { notEmulated, refusal } from './faults.ts';
import type { Form, Path } from './form.ts';
import { checkInteger, checkList, checkRecord, checkText, createForm, isAbsent } from './form.ts';

const MAX_FILES = 10;
const MENTION_KINDS = ['roles', 'users', 'everyone'];

/**
 * Checks a message body as Discord does and returns what it changes.
 * `existing` is the message under edit; `path` prefixes the places of faults (a callback's are under `data`).
 * Throws 50035 with every fault, 50006 for an empty message, 30015 for an eleventh file.
 */
export function checkMessage(
  body: Wire,
  files: UploadedFile[],
  { existing, path = [], mayBeEmpty = false }: { existing?: Message; path?: Path; mayBeEmpty?: boolean } = {},
): MessageChange {
  const form = createForm();
  checkText(form, [...path, 'content'], body.content, { max: 2000 });
  checkEmbeds(form, [...path, 'embeds'], body.embeds);
  checkComponents(form, [...path, 'components'], body.components);
  checkAttachments(form, [...path, 'attachments'], body.attachments, files, existing);
  checkMentions(form, [...path, 'allowed_mentions'], body.allowed_mentions);
  checkInteger(form, [...path, 'flags'], body.flags, { min: 0 });
  form.finish();
  if ((((body.flags as number | undefined) ?? 0) & MessageFlag.componentsV2) !== 0) throw notEmulated('components V2');
  for (const name of ['poll', 'sticker_ids', 'shared_client_theme']) {
    if (!isAbsent(body[name])) throw notEmulated(`messages with ${name}`);
  }
  const change = { ...pick(body), files };
  if (countFiles(change, existing) > MAX_FILES) throw refusal('tooManyFiles');
  if (!mayBeEmpty && isEmpty(change, existing)) throw refusal('emptyMessage');
  return change;
}

function checkAttachments(form: Form, path: Path, value: unknown, files: UploadedFile[], existing?: Message): void {
  for (const [place, listed] of checkList(form, path, value, { max: MAX_FILES })) {
    const here = [...path, place];
    checkText(form, [...here, 'description'], listed.description, { max: 1024 });
    checkText(form, [...here, 'filename'], listed.filename, { min: 1, max: 1024 });
    if (isAbsent(listed.id)) {
      form.refuse([...here, 'id'], 'BASE_TYPE_REQUIRED', 'This field is required');
      continue;
    }
    const id = String(listed.id);
    const found = files.some((file) => file.index === id) || existing?.files.some((file) => file.id === id);
    if (!found) form.refuse(here, 'ATTACHMENT_NOT_FOUND', 'Attachment data not found');
  }
}

function checkMentions(form: Form, path: Path, value: unknown): void {
  if (isAbsent(value) || !checkRecord(form, path, value)) return;
  const parse = isAbsent(value.parse) ? [] : value.parse;
  if (!Array.isArray(parse)) {
    form.refuse([...path, 'parse'], 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType');
    return;
  }
  for (const [place, kind] of parse.entries()) {
    if (MENTION_KINDS.includes(kind)) continue;
    form.refuse(
      [...path, 'parse', place],
      'BASE_TYPE_CHOICES',
      `Value must be one of {${MENTION_KINDS.map((each) => `'${each}'`).join(', ')}}.`,
    );
  }
  for (const list of ['users', 'roles']) {
    const ids = value[list];
    if (isAbsent(ids)) continue;
    if (!Array.isArray(ids)) {
      form.refuse([...path, list], 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType');
      continue;
    }
    if (ids.length > 100) form.refuse([...path, list], 'BASE_TYPE_MAX_LENGTH', 'Must be 100 or fewer in length.');
    if (ids.length > 0 && parse.includes(list)) {
      form.refuse(
        path,
        'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
        `parse:["${list}"] and ${list}: [ids...] are mutually exclusive.`,
      );
    }
    for (const [place, id] of ids.entries()) {
      if (/^\d{1,20}$/.test(String(id))) continue;
      form.refuse([...path, list, place], 'NUMBER_TYPE_COERCE', `Value ${JSON.stringify(id)} is not snowflake.`);
    }
  }
}

function pick(body: Wire): Omit<MessageChange, 'files'> {
  const names = ['content', 'embeds', 'components', 'attachments'] as const;
  return Object.fromEntries(names.filter((name) => body[name] !== undefined).map((name) => [name, body[name]]));
}

function countFiles(change: MessageChange, existing?: Message): number {
  if (change.attachments !== undefined) return change.attachments?.length ?? 0;
  return (existing?.files.length ?? 0) + change.files.length;
}

/** An edit may leave fields out, so what the message keeps counts too. */
function isEmpty(change: MessageChange, existing?: Message): boolean {
  const content = change.content === undefined ? existing?.content : change.content;
  const embeds = change.embeds === undefined ? existing?.embeds : change.embeds;
  const components = change.components === undefined ? existing?.components : change.components;
  const text = (content ?? '').trim();
  return text === '' && !embeds?.length && !components?.length && countFiles(change, existing) === 0;
}

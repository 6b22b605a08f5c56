import { ApiError, badRequest } from '../errors.ts';
import type { StoredFile } from '../files.ts';
import { asObject, type Parameters, readEntities, stringField } from '../parameters.ts';
import { type FormattedText, formatText } from '../text.ts';
import type { Content } from '../world.ts';

/** An InputMedia: what to show and where its file is. */
export interface InputMedia {
  kind: StoredFile['kind'];
  /** A file id, an address or `attach://part`. */
  media: string;
  caption: FormattedText;
}

const KINDS: Record<string, StoredFile['kind']> = {
  photo: 'Photo',
  document: 'Document',
};
const NOT_KEPT = ['animation', 'audio', 'video', 'live_photo'];
const CONTEXT = "Can't parse InputMedia: ";

/** Reads the `media` of an edit. */
export function readMedia(parameters: Parameters): InputMedia {
  if (!parameters.has('media')) throw badRequest('Parameter "media" is required');
  return readItem(parameters.json('media', "Can't parse input media JSON object"), parameters);
}

/** Reads the `media` of an album. */
export function readAlbum(parameters: Parameters): InputMedia[] {
  if (!parameters.has('media')) throw badRequest('Parameter "media" is required');
  const value = parameters.json('media', "Can't parse media JSON object");
  if (!Array.isArray(value)) throw badRequest('Expected an Array of InputMedia');
  return value.map((item) => readItem(item, parameters));
}

/** A stored file with its caption as the content of a message. */
export function contentOf(file: StoredFile, formatted: FormattedText): Content {
  return file.kind === 'Photo' ? { formatted, photo: file } : { formatted, document: file };
}

function readItem(value: unknown, parameters: Parameters): InputMedia {
  const object = asObject(value, `${CONTEXT}expected an Object`);
  const entities = readEntities(object.caption_entities);
  const caption = formatText(
    stringField(object, 'caption', CONTEXT),
    stringField(object, 'parse_mode', CONTEXT),
    entities,
  );
  const type = stringField(object, 'type', CONTEXT, true);
  const media = stringField(object, 'media', CONTEXT);
  const part = media.startsWith('attach://') ? parameters.file(media.slice('attach://'.length)) : undefined;
  if (media === '' || (media.startsWith('attach://') && !part)) throw badRequest(`${CONTEXT}media not found`);
  if (NOT_KEPT.includes(type)) throw new ApiError(501, `Not Implemented: this emulator keeps no media of type ${type}`);
  const kind = KINDS[type];
  if (!kind) throw badRequest(`${CONTEXT}type "${type}" is unsupported`);
  return { kind, media, caption };
}

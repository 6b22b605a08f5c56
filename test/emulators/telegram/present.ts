import type { StoredFile } from './files.ts';
import { detectEntities, renderHtml } from './text.ts';
import type { SeenMessage, UserProfile } from './types.ts';
import type { Chat, Content, Message } from './world.ts';

/** A user as the Bot API shows them. */
export function presentUser(user: UserProfile, isBot = false): Record<string, unknown> {
  return { is_bot: isBot, ...user };
}

/** A chat as it stands in messages. */
export function presentChat(chat: Chat): Record<string, unknown> {
  if (!chat.person) return { id: chat.id, title: chat.title, type: 'supergroup' };
  const { id, first_name, username } = chat.person;
  return { id, first_name, ...(username && { username }), type: 'private' };
}

/** A message as the Bot API shows it. */
export function presentMessage(message: Message, depth = 0): Record<string, unknown> {
  return {
    message_id: message.id,
    from: presentUser(message.from, message.fromBot),
    chat: presentChat(message.chat),
    date: message.date,
    ...(message.editedAt && { edit_date: message.editedAt }),
    ...(message.albumId && { media_group_id: message.albumId }),
    ...(message.replyTo && depth === 0 && { reply_to_message: presentMessage(message.replyTo, 1) }),
    ...presentContent(message.content),
    ...(message.keyboard.length > 0 && {
      reply_markup: { inline_keyboard: message.keyboard },
    }),
  };
}

function presentContent(content: Content): Record<string, unknown> {
  const { text, entities } = detectEntities(content.formatted);
  const shown = entities.map(({ user_id, ...entity }) =>
    user_id ? { ...entity, user: { id: user_id, is_bot: false, first_name: '' } } : entity,
  );
  const { photo, document } = content;
  if (!photo && !document) return { text, ...(shown.length > 0 && { entities: shown }) };
  return {
    ...(photo && { photo: photo.sizes.map(presentSize) }),
    ...(document && { document: presentDocument(document) }),
    ...(text !== '' && { caption: text }),
    ...(shown.length > 0 && { caption_entities: shown }),
  };
}

function presentSize(size: StoredFile): Record<string, unknown> {
  return {
    file_id: size.id,
    file_unique_id: size.uniqueId,
    width: size.width,
    height: size.height,
  };
}

function presentDocument(file: StoredFile): Record<string, unknown> {
  return {
    file_name: file.name,
    mime_type: file.type || 'application/octet-stream',
    file_id: file.id,
    file_unique_id: file.uniqueId,
    file_size: file.original.length,
  };
}

/** A message as people see it now. */
export function seeMessage(message: Message): SeenMessage {
  return seeState(message, message.history.length);
}

/** A message as people saw it after `index` edits; 0 is how it was posted. */
export function seeState(message: Message, index: number): SeenMessage {
  const { content, keyboard } = message.history[index] ?? message;
  const { photo, document, formatted } = content;
  return {
    id: message.id,
    chatId: message.chat.id,
    from: message.from.id,
    fromBot: message.fromBot,
    text: formatted.text,
    html: renderHtml(formatted),
    entities: detectEntities(formatted).entities,
    photo: photo && {
      bytes: photo.original,
      width: photo.width,
      height: photo.height,
    },
    document: document && {
      bytes: document.original,
      name: document.name,
      type: document.type,
    },
    keyboard,
    replyTo: message.replyTo?.id,
    albumId: message.albumId,
    edits: message.history.slice(0, index).map((_, earlier) => seeState(message, earlier)),
  };
}

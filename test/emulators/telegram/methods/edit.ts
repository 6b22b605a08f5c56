import { badRequest } from '../errors.ts';
import { type InlineButton, readInlineKeyboard } from '../keyboard.ts';
import { type Parameters, readFormatted } from '../parameters.ts';
import { presentMessage } from '../present.ts';
import { CAPTION_LIMIT, countCharacters, TEXT_LIMIT } from '../text.ts';
import type { Content, Message } from '../world.ts';
import { contentOf, readMedia } from './input-media.ts';
import type { Answer, Method, Service } from './service.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** The methods that change or remove messages. An edit without `reply_markup` takes the keyboard away. */
export function createEditMethods(service: Service): Record<string, Method> {
  return {
    editMessageText: (parameters) => editText(service, parameters),
    editMessageCaption: (parameters) => editCaption(service, parameters),
    editMessageMedia: (parameters) => editMedia(service, parameters),
    editMessageReplyMarkup: (parameters) => editKeyboard(service, parameters),
    deleteMessage: (parameters) => deleteMessage(service, parameters),
  };
}

function editText(service: Service, parameters: Parameters): Answer {
  if (!parameters.has('text')) throw badRequest('Message text is empty');
  const formatted = readFormatted(parameters, 'text', 'entities');
  const keyboard = readInlineKeyboard(parameters);
  const message = findOwn(service, parameters);
  if (isMedia(message)) throw badRequest('There is no text in the message to edit');
  if (formatted.text === '') throw badRequest('Text must be non-empty');
  if (countCharacters(formatted.text) > TEXT_LIMIT) throw badRequest('MESSAGE_TOO_LONG');
  return change(service, 'editMessageText', message, { formatted }, keyboard);
}

function editCaption(service: Service, parameters: Parameters): Answer {
  const keyboard = readInlineKeyboard(parameters);
  const formatted = readFormatted(parameters, 'caption', 'caption_entities');
  const message = findOwn(service, parameters);
  if (!isMedia(message)) throw badRequest('There is no caption in the message to edit');
  if (countCharacters(formatted.text) > CAPTION_LIMIT) throw badRequest('MEDIA_CAPTION_TOO_LONG');
  return change(service, 'editMessageCaption', message, { ...message.content, formatted }, keyboard);
}

/** Also turns a text message into a photo or file. */
async function editMedia(service: Service, parameters: Parameters): Promise<Answer> {
  const keyboard = readInlineKeyboard(parameters);
  const input = readMedia(parameters);
  const message = findOwn(service, parameters);
  const isOtherKind = input.kind === 'Photo' ? !message.content.photo : !message.content.document;
  if (message.albumId && isOtherKind) throw badRequest("Can't change media type in the album");
  if (countCharacters(input.caption.text) > CAPTION_LIMIT) throw badRequest('Message caption is too long');
  const file = await service.files.take(parameters, '', input.media, input.kind);
  if (!file) throw badRequest("Can't parse InputMedia: media not found");
  return change(service, 'editMessageMedia', message, contentOf(file, input.caption), keyboard);
}

function editKeyboard(service: Service, parameters: Parameters): Answer {
  const keyboard = readInlineKeyboard(parameters);
  const message = findOwn(service, parameters);
  return change(service, 'editMessageReplyMarkup', message, message.content, keyboard);
}

/** A bot deletes its own messages for 48 hours, and in private chats also what the person wrote. */
function deleteMessage({ world }: Service, parameters: Parameters): Answer {
  if (!parameters.has('chat_id')) throw badRequest('Chat identifier is not specified');
  const id = parameters.integer('message_id', 0);
  if (id === 0) throw badRequest('Message identifier is not specified');
  const chat = world.findChat(parameters.text('chat_id'), false);
  const message = chat.messages.get(id);
  if (!message) throw badRequest('message to delete not found');
  if (!message.fromBot && !chat.person) throw badRequest("Message can't be deleted");
  if (Date.now() / 1000 - message.date > 2 * DAY_SECONDS) throw badRequest("Message can't be deleted for everyone");
  world.remove(message);
  return { result: true };
}

function findOwn({ world }: Service, parameters: Parameters): Message {
  const id = parameters.integer('message_id', 0);
  if (!parameters.has('chat_id') && id === 0) {
    if (parameters.has('inline_message_id')) throw badRequest('MESSAGE_ID_INVALID');
    throw badRequest('Message identifier is not specified');
  }
  const chat = world.findChat(parameters.text('chat_id'), false);
  const message = chat.messages.get(id);
  if (!message) throw badRequest('message to edit not found');
  if (!message.fromBot) throw badRequest("Message can't be edited");
  return message;
}

function change(
  { world, limiter }: Service,
  method: string,
  message: Message,
  content: Content,
  keyboard: InlineButton[][],
): Answer {
  limiter.take(method, message.chat.id);
  if (fingerprint(content, keyboard) === fingerprint(message.content, message.keyboard)) {
    throw badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    );
  }
  world.change(message, content, keyboard);
  return { result: presentMessage(message) };
}

function isMedia({ content }: Message): boolean {
  return content.photo !== undefined || content.document !== undefined;
}

function fingerprint({ formatted, photo, document }: Content, keyboard: InlineButton[][]): string {
  return JSON.stringify([formatted, photo?.id, document?.id, keyboard]);
}

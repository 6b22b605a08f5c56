import { randomInt } from 'node:crypto';
import { badRequest } from '../errors.ts';
import type { StoredFile } from '../files.ts';
import { readMarkup } from '../keyboard.ts';
import { asObject, type Parameters, readFormatted, stringField } from '../parameters.ts';
import { presentMessage } from '../present.ts';
import { CAPTION_LIMIT, countCharacters, type FormattedText, TEXT_LIMIT } from '../text.ts';
import type { Chat, Content, Message } from '../world.ts';
import { contentOf, readAlbum } from './input-media.ts';
import type { Answer, Method, Service } from './service.ts';

const ACTIONS = [
  'typing',
  'upload_photo',
  'record_video',
  'upload_video',
  'record_voice',
  'upload_voice',
  'upload_document',
  'choose_sticker',
  'find_location',
  'record_video_note',
  'upload_video_note',
];

/** The methods that put something new into a chat. */
export function createSendMethods(service: Service): Record<string, Method> {
  return {
    sendMessage: (parameters) => sendMessage(service, parameters),
    sendPhoto: (parameters) => sendFile(service, parameters, 'Photo'),
    sendDocument: (parameters) => sendFile(service, parameters, 'Document'),
    sendMediaGroup: (parameters) => sendMediaGroup(service, parameters),
    sendChatAction: (parameters) => sendChatAction(service, parameters),
  };
}

function sendMessage({ world, limiter }: Service, parameters: Parameters): Answer {
  if (!parameters.has('text')) throw badRequest('Message text is empty');
  const formatted = readFormatted(parameters, 'text', 'entities');
  const markup = readMarkup(parameters);
  const chat = world.findChat(parameters.text('chat_id'), true);
  const replyTo = readReply(parameters, chat);
  if (formatted.text === '') throw badRequest('Text must be non-empty');
  if (countCharacters(formatted.text) > TEXT_LIMIT) throw badRequest('Message is too long');
  limiter.take('sendMessage', chat.id);
  return {
    result: presentMessage(world.post(chat, world.bot, { formatted }, { markup, ...replyTo })),
  };
}

async function sendFile(service: Service, parameters: Parameters, kind: StoredFile['kind']): Promise<Answer> {
  const { world, files, limiter } = service;
  const name = kind.toLowerCase();
  const missing = badRequest(`There is no ${name} in the request`);
  if (!parameters.has(name) && !parameters.file(name)) throw missing;
  const formatted = readFormatted(parameters, 'caption', 'caption_entities');
  const markup = readMarkup(parameters);
  const chat = world.findChat(parameters.text('chat_id'), true);
  const replyTo = readReply(parameters, chat);
  checkCaption(formatted);
  const file = await files.take(parameters, name, parameters.text(name), kind);
  if (!file) throw missing;
  limiter.take(`send${kind}`, chat.id);
  return {
    result: presentMessage(
      world.post(chat, world.bot, contentOf(file, formatted), {
        markup,
        ...replyTo,
      }),
    ),
  };
}

/** The documentation wants 2–10 items; the service itself refuses none and more than ten. */
async function sendMediaGroup({ world, files, limiter }: Service, parameters: Parameters): Promise<Answer> {
  const items = readAlbum(parameters);
  const chat = world.findChat(parameters.text('chat_id'), true);
  const replyTo = readReply(parameters, chat);
  if (items.length > 10) throw badRequest('Too many messages to send as an album');
  if (items.length === 0) throw badRequest('There are no messages to send');
  if (new Set(items.map((item) => item.kind)).size > 1)
    throw badRequest("Document can't be mixed with other media types");
  const contents: Content[] = [];
  for (const item of items) {
    checkCaption(item.caption);
    const file = await files.take(parameters, '', item.media, item.kind);
    if (!file) throw badRequest("Can't parse InputMedia: media not found");
    contents.push(contentOf(file, item.caption));
  }
  limiter.take('sendMediaGroup', chat.id, contents.length);
  const album = contents.length > 1 ? { albumId: `1${randomInt(1e11, 1e12)}` } : {};
  const messages = contents.map((content) => world.post(chat, world.bot, content, { ...album, ...replyTo }));
  return { result: messages.map((message) => presentMessage(message)) };
}

function sendChatAction({ world }: Service, parameters: Parameters): Answer {
  const action = parameters.text('action').toLowerCase();
  if (!ACTIONS.includes(action)) throw badRequest('Wrong parameter action in request');
  world.act(world.findChat(parameters.text('chat_id'), true), action);
  return { result: true };
}

function checkCaption(caption: FormattedText) {
  if (countCharacters(caption.text) > CAPTION_LIMIT) throw badRequest('Message caption is too long');
}

/** The message replied to, from `reply_parameters` or the two older parameters that the service still takes. */
function readReply(parameters: Parameters, chat: Chat): { replyTo?: Message } {
  const value = parameters.json('reply_parameters', "Can't parse reply parameters JSON object");
  const reply = value === undefined ? undefined : asObject(value, 'Object expected as reply parameters');
  if (reply && Object.keys(reply).length === 0) return {};
  if (reply && reply.message_id === undefined) throw badRequest('Can\'t find field "message_id"');
  const id = Number(reply ? reply.message_id : parameters.integer('reply_to_message_id', 0));
  if (id === 0) return {};
  const otherChat = reply ? stringField(reply, 'chat_id', '') : '';
  const isOptional = reply
    ? reply.allow_sending_without_reply === true
    : parameters.flag('allow_sending_without_reply');
  const replyTo = otherChat === '' || Number(otherChat) === chat.id ? chat.messages.get(id) : undefined;
  if (!replyTo && !isOptional) throw badRequest('message to be replied not found');
  return replyTo ? { replyTo } : {};
}

import { badRequest, forbidden } from './errors.ts';
import type { StoredFile } from './files.ts';
import type { Hub } from './hub.ts';
import type { InlineButton, ReplyMarkup } from './keyboard.ts';
import type { FormattedText } from './text.ts';
import type { UserProfile } from './types.ts';

/** What a message holds; one of text, photo or document, the text being a caption with the latter two. */
export interface Content {
  formatted: FormattedText;
  photo?: StoredFile;
  document?: StoredFile;
}

/** A message as the service keeps it. */
export interface Message {
  id: number;
  chat: Chat;
  from: UserProfile;
  fromBot: boolean;
  /** Unix seconds. */
  date: number;
  editedAt?: number;
  content: Content;
  keyboard: InlineButton[][];
  replyTo?: Message;
  albumId?: string;
  /** Earlier contents, oldest first. */
  history: { content: Content; keyboard: InlineButton[][] }[];
}

/** A private chat or a supergroup. */
export interface Chat {
  id: number;
  /** The person of a private chat. */
  person?: UserProfile;
  title?: string;
  messages: Map<number, Message>;
  /** Every message there ever was, deleted ones too. */
  log: Message[];
  deleted: number[];
  actions: string[];
  /** A private chat: the person has written first. A group: the bot is a member. */
  isOpen: boolean;
  isBlocked: boolean;
}

/** People, chats and messages. */
export function createWorld(bot: UserProfile, hub: Hub) {
  const chats = new Map<number, Chat>();
  const known = new Set<number>();
  // Private chats of an account share one sequence of message ids; a supergroup has its own.
  const sequences = new Map<number | 'private', number>();

  function nextMessageId(chat: Chat): number {
    const key = chat.person ? 'private' : chat.id;
    const id = (sequences.get(key) ?? 0) + 1;
    sequences.set(key, id);
    return id;
  }

  function makeChat(fields: Pick<Chat, 'id' | 'person' | 'title' | 'isOpen'>): Chat {
    const chat: Chat = {
      ...fields,
      messages: new Map(),
      log: [],
      deleted: [],
      actions: [],
      isBlocked: false,
    };
    chats.set(chat.id, chat);
    return chat;
  }

  return {
    bot,
    chats,
    privateChat: (person: UserProfile) => chats.get(person.id) ?? makeChat({ id: person.id, person, isOpen: false }),
    group(title: string, members: UserProfile[]): Chat {
      for (const member of members) known.add(member.id);
      return makeChat({
        id: -1_001_000_000_000 - chats.size,
        title,
        isOpen: true,
      });
    },
    /** The bot has met this person, so Telegram lets it name them. */
    meet: (person: UserProfile) => known.add(person.id),
    /** The chat a call names; throws when the bot may not see it or, with `toSend`, may not write there. */
    findChat(reference: string, toSend: boolean): Chat {
      if (reference === '') throw badRequest('chat_id is empty');
      const chat = chats.get(Number(reference));
      if (!chat) throw badRequest('chat not found');
      if (chat.person && !chat.isOpen && !known.has(chat.id)) throw badRequest('chat not found');
      if (!chat.person && !chat.isOpen) throw forbidden('bot was kicked from the supergroup chat');
      if (toSend && chat.isBlocked) throw forbidden('bot was blocked by the user');
      if (toSend && !chat.isOpen) throw forbidden("bot can't initiate conversation with a user");
      return chat;
    },
    /** Puts a message into a chat. */
    post(
      chat: Chat,
      from: UserProfile,
      content: Content,
      more: Partial<Message> & { markup?: ReplyMarkup | undefined } = {},
    ): Message {
      const { markup, ...rest } = more;
      const message: Message = {
        id: nextMessageId(chat),
        chat,
        from,
        fromBot: from.id === bot.id,
        date: Math.floor(Date.now() / 1000),
        content,
        keyboard: markup && 'inline_keyboard' in markup ? markup.inline_keyboard : [],
        history: [],
        ...rest,
      };
      chat.messages.set(message.id, message);
      chat.log.push(message);
      hub.announce();
      return message;
    },
    /** Replaces what a message holds and keeps what it held. */
    change(message: Message, content: Content, keyboard: InlineButton[][]) {
      message.history.push({
        content: message.content,
        keyboard: message.keyboard,
      });
      message.content = content;
      message.keyboard = keyboard;
      message.editedAt = Math.floor(Date.now() / 1000);
      hub.announce();
    },
    remove(message: Message) {
      message.chat.messages.delete(message.id);
      message.chat.deleted.push(message.id);
      hub.announce();
    },
    act(chat: Chat, action: string) {
      chat.actions.push(action);
      hub.announce();
    },
  };
}

/** What `createWorld` makes. */
export type World = ReturnType<typeof createWorld>;

import { randomInt } from 'node:crypto';
import type { Callbacks } from './callbacks.ts';
import type { FileStore } from './files.ts';
import type { Hub } from './hub.ts';
import { presentChat, presentMessage, presentUser, seeMessage, seeState } from './present.ts';
import { detectEntities } from './text.ts';
import type { ChatHandle, GroupHandle, PersonHandle, SeenMessage, UserProfile } from './types.ts';
import type { Updates } from './updates.ts';
import type { Chat, Content, Message, World } from './world.ts';

interface PeopleDependencies {
  world: World;
  files: FileStore;
  updates: Updates;
  callbacks: Callbacks;
  hub: Hub;
  readsAllGroupMessages: boolean;
}

const PATIENCE_MS = 5000;

/** Lets tests act as people do. */
export function createPeople(dependencies: PeopleDependencies) {
  const { world, updates, hub } = dependencies;

  function chatHandle(chat: Chat): ChatHandle {
    let position = 0;
    return {
      id: chat.id,
      get messages() {
        return [...chat.messages.values()].map(seeMessage);
      },
      deleted: chat.deleted,
      actions: chat.actions,
      nextMessage(predicate = () => true, { timeout = PATIENCE_MS } = {}) {
        const find = () => {
          const index = chat.log.findIndex(
            (message, at) => at >= position && message.fromBot && predicate(seeState(message, 0)),
          );
          if (index < 0) return undefined;
          position = index + 1;
          return seeState(chat.log[index] as Message, 0);
        };
        return hub.waitFor(find, timeout, () => `the chat holds ${describeChat(chat)}`);
      },
      nextEdit(seen, predicate = () => true, { timeout = PATIENCE_MS } = {}) {
        const message = chat.log.find(({ id }) => id === seen.id);
        if (!message) throw new Error(`message ${seen.id} was never in this chat`);
        const find = () => {
          const later = message.history.map((_, index) => index + 1).filter((index) => index > seen.edits.length);
          return later.map((index) => seeState(message, index)).find(predicate);
        };
        return hub.waitFor(find, timeout, () => `message ${seen.id} now is ${describeMessage(message)}`);
      },
    };
  }

  function person(profile: UserProfile): PersonHandle {
    const own = world.privateChat(profile);
    return {
      ...profile,
      send: async (chat, text, { replyTo } = {}) => {
        const formatted = detectEntities({ text, entities: [] });
        return say(dependencies, profile, chat, { formatted: { ...formatted, entities: [] } }, replyTo);
      },
      sendPhoto: async (chat, bytes, { caption = '' } = {}) => {
        const photo = await dependencies.files.addPhoto(bytes, 'photo.jpg');
        return say(dependencies, profile, chat, {
          formatted: { text: caption, entities: [] },
          photo,
        });
      },
      press: async (message, buttonText) => press(dependencies, profile, message, buttonText),
      block() {
        own.isBlocked = true;
        updates.add('my_chat_member', membership(world, own, profile, 'member', 'kicked'));
      },
      unblock() {
        own.isBlocked = false;
        updates.add('my_chat_member', membership(world, own, profile, 'kicked', 'member'));
      },
    };
  }

  return {
    person,
    privateChat: (profile: UserProfile) => chatHandle(world.privateChat(profile)),
    group(title: string, members: UserProfile[]): GroupHandle {
      const chat = world.group(title, members);
      const handle = chatHandle(chat);
      const removeBot = () => {
        chat.isOpen = false;
        updates.add('my_chat_member', membership(world, chat, members[0] ?? world.bot, 'member', 'kicked'));
      };
      // The handle's getters must stay getters.
      return Object.defineProperties({ removeBot } as GroupHandle, Object.getOwnPropertyDescriptors(handle));
    },
  };
}

function say(
  { world, updates, readsAllGroupMessages }: PeopleDependencies,
  from: UserProfile,
  handle: ChatHandle,
  content: Content,
  replyTo?: SeenMessage,
): SeenMessage {
  const chat = world.chats.get(handle.id) as Chat;
  if (chat.isBlocked) throw new Error('this person has blocked the bot and must unblock it to write');
  if (chat.person && chat.person.id !== from.id) throw new Error('this is the private chat of somebody else');
  if (chat.person) chat.isOpen = true;
  const target = replyTo && chat.messages.get(replyTo.id);
  const message = world.post(chat, from, content, target ? { replyTo: target } : {});
  const isForBot =
    chat.person || readsAllGroupMessages || target?.fromBot || isCommandFor(content, world.bot.username ?? '');
  if (isForBot && chat.isOpen) {
    world.meet(from);
    updates.add('message', presentMessage(message));
  }
  return seeMessage(message);
}

/** In groups a bot sees commands without a name and those with its own. */
function isCommandFor({ formatted }: Content, username: string): boolean {
  const named = /^\/\w+(?:@(\w+))?/.exec(formatted.text);
  return named !== null && (named[1] === undefined || named[1].toLowerCase() === username.toLowerCase());
}

function press(
  { world, updates, callbacks }: PeopleDependencies,
  from: UserProfile,
  seen: SeenMessage,
  buttonText: string,
) {
  const message = world.chats.get(seen.chatId)?.messages.get(seen.id);
  if (!message) throw new Error(`message ${seen.id} is gone`);
  const button = message.keyboard.flat().find(({ text }) => text === buttonText);
  if (!button) throw new Error(`no button "${buttonText}" under ${describeMessage(message)}`);
  if (button.callback_data === undefined)
    throw new Error(`button "${buttonText}" calls no bot: ${JSON.stringify(button)}`);
  world.meet(from);
  const { id, answer } = callbacks.add();
  updates.add('callback_query', {
    id,
    from: presentUser(from),
    message: presentMessage(message),
    chat_instance: String(message.chat.id * randomInt(1, 9)),
    data: button.callback_data,
  });
  return { id, answer };
}

function membership(world: World, chat: Chat, from: UserProfile, before: string, after: string) {
  const member = (status: string) => ({
    user: presentUser(world.bot, true),
    status,
    ...(status === 'kicked' && { until_date: 0 }),
  });
  return {
    chat: presentChat(chat),
    from: presentUser(from),
    date: Math.floor(Date.now() / 1000),
    old_chat_member: member(before),
    new_chat_member: member(after),
  };
}

function describeChat(chat: Chat): string {
  const said = [...chat.messages.values()]
    .slice(-6)
    .map((message) => `${message.fromBot ? 'bot' : 'person'}: ${describeMessage(message)}`);
  return said.length > 0 ? said.join(' | ') : 'nothing';
}

function describeMessage(message: Message): string {
  const { text, photo, document, keyboard } = seeMessage(message);
  const kind = photo ? '[photo] ' : document ? '[file] ' : '';
  const buttons = keyboard.flat().map((button) => `[${button.text}]`);
  return [`${kind}${JSON.stringify(text)}`, ...buttons].join(' ');
}

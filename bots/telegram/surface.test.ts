import type { SeenMessage as OnTelegram } from '../../test/emulators/telegram/index.ts';
import { surfaceContract } from '../surface-contract.ts';
import type { SeenMessage } from '../surface-harness.ts';
import { callAsBot, startTestBot } from './test-bot.ts';

surfaceContract('telegram', async ({ dispatch, attachReply }) => {
  const { telegram, surface, people, chats, close } = await startTestBot({ dispatch, attachReply });
  await surface.start();
  const notices: string[] = [];
  const all = [chats.ann, chats.group];
  const fromBot = (chat: (typeof all)[number]) => chat.messages.filter((message) => message.fromBot);
  return {
    surface,
    places: ['private', 'shared'],
    textLimit: 4096,
    ask: async (place, prompt) =>
      void (await people.ann.send(place === 'private' ? chats.ann : chats.group, `/imagine ${prompt}`)),
    seen: async (viewer) => (viewer === 'asker' ? all : [chats.group]).flatMap(fromBot).map(asSeen),
    press: async (messageId, label) => {
      const message = all.flatMap(fromBot).find((candidate) => asSeen(candidate).id === messageId) as OnTelegram;
      const { answer } = await people.ann.press(message, label);
      const { text } = await answer;
      if (text) notices.push(text);
    },
    notices: async () => notices,
    shutOut: async () => {
      // A bot may still edit what it once sent to someone who has blocked it; so that has to be gone too.
      const messages = all.flatMap(fromBot);
      await Promise.all(
        messages.map(({ chatId, id }) => callAsBot(telegram, `deleteMessage?chat_id=${chatId}&message_id=${id}`)),
      );
      people.ann.block();
      chats.group.removeBot();
    },
    close: async () => {
      await close();
      if (telegram.violations.length) throw new Error('The bot sent although it had been told to wait');
    },
  };
});

function asSeen({ id, chatId, text, entities, photo, document, keyboard }: OnTelegram): SeenMessage {
  const marked = (...types: string[]) => entities.filter(({ type }) => types.includes(type));
  const textOf = ({ offset, length }: { offset: number; length: number }) => text.slice(offset, offset + length);
  return {
    id: `${chatId}:${id}`,
    text: text.replaceAll('\u2060', ''),
    mentions: marked('mention', 'text_mention').map(textOf),
    links: [...marked('text_link').map(({ url }) => url ?? ''), ...marked('url').map(textOf)],
    images: photo || document ? [{ alt: text }] : [],
    buttons: keyboard.flat().map((button) => button.text),
    leads: keyboard.flat().flatMap(({ url }) => url ?? []),
  };
}

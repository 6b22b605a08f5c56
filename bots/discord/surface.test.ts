import type { SeenMessage } from '../../test/emulators/discord/index.ts';
import { plainText } from '../html.ts';
import { surfaceContract } from '../surface-contract.ts';
import { readMarkdown } from './read-markdown.ts';
import { startBench } from './test-bench.ts';

surfaceContract('Discord', async ({ dispatch, attachReply }) => {
  const bench = await startBench({ dispatch, attachReply });
  const places = { shared: { channel: bench.channel }, private: { dm: true } };
  const asked: { token: string }[] = [];
  const presses = new Set<string>();

  /** Answers to presses that only the asker sees are notes; everything else is a message. */
  const isNote = (message: SeenMessage) => {
    const source = message.wire.interaction_metadata as { id?: string } | undefined;
    return message.ephemeral && presses.has(source?.id ?? '');
  };
  const all = (person: typeof bench.asker) => [...person.sees(places.shared), ...person.sees(places.private)];

  return {
    surface: bench.surface,
    places: ['shared', 'private'],
    textLimit: 2000,
    async ask(place, prompt) {
      asked.push(await bench.asker.command('imagine', { prompt }, places[place]));
    },
    async seen(viewer) {
      const messages = viewer === 'asker' ? all(bench.asker) : bench.bystander.sees(places.shared);
      return messages
        .filter((message) => !message.loading && !isNote(message))
        .map((message) => ({
          id: message.id,
          ...readMarkdown(message.content),
          images: message.attachments.map((file) => ({ alt: file.description ?? '' })),
          buttons: message.buttons.map((button) => button.label),
          leads: message.buttons.flatMap(({ url }) => url ?? []),
        }));
    },
    async press(messageId, label) {
      const message = all(bench.asker).find((each) => each.id === messageId);
      if (!message) throw new Error('The asker does not see that message');
      presses.add((await bench.asker.click(message, label)).id);
    },
    async notices() {
      return all(bench.asker)
        .filter(isNote)
        .map((message) => plainText(message.content));
    },
    async shutOut() {
      for (const { token } of asked) bench.discord.expireToken(token);
      bench.channel.refuse(50001);
      bench.asker.refuseDirectMessages(true);
    },
    close: bench.close,
  };
});

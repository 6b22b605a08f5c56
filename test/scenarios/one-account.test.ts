import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Easel, startWholeEasel } from './easel.ts';
import { discordPerson, type Person, type Seen, telegramPerson } from './people.ts';

let easel: Easel;
beforeAll(async () => {
  easel = await startWholeEasel();
});
afterAll(() => easel?.close());

const hears = (person: Person, text: string | RegExp, more: (message: Seen) => boolean = () => true) =>
  vi.waitFor(
    async () => {
      const found = (await person.seen()).findLast((message) => message.text.match(text) && more(message));
      if (!found) throw new Error(`Nobody said ${text}`);
      return found;
    },
    { timeout: 10_000, interval: 50 },
  );

describe('one account, linked from Discord and then from Telegram', () => {
  it('has one quota and one gallery, and its owner hears of the second chat', { timeout: 60_000 }, async () => {
    const [onDiscord, onTelegram] = [await discordPerson(easel), await telegramPerson(easel)];
    const email = 'ada@example.com';
    await onDiscord.say('link', { email });
    await onDiscord.say('verify', { code: await easel.readCode(email) });
    await hears(onDiscord, 'This chat is linked');
    await onDiscord.say('imagine', { prompt: 'a lighthouse at dusk', model: 'flux-schnell' });
    const made = await hears(onDiscord, '1 image used', ({ pictures }) => pictures === 1);

    const first = await easel.readCode(email);
    await onTelegram.say('link', { email });
    const code = await vi.waitFor(
      async () => {
        const newest = await easel.readCode(email);
        expect(newest).not.toBe(first);
        return newest;
      },
      { timeout: 5_000 },
    );
    await onTelegram.say('verify', { code });
    await hears(onTelegram, 'now shares the account');
    await onTelegram.say('quota');
    await hears(onTelegram, 'Today: 1 of 20 images used, 19 left');
    const [, ref = ''] = /· (\w{8})\n/.exec(made.text) ?? [];
    await onTelegram.say('show', { id: ref });
    await hears(onTelegram, 'a lighthouse at dusk', ({ pictures }) => pictures === 1);
    expect(await easel.readSubjects(email)).toContain('Another chat was linked to your Easel account');

    await onTelegram.say('unlink');
    await hears(onTelegram, 'no longer linked');
    await onDiscord.say('unlink');
    await hears(onDiscord, 'This is the only chat');
  });
});

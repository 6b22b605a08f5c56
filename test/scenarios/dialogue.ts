import { expect, vi } from 'vitest';
import type { Easel } from './easel.ts';
import type { Person, Seen } from './people.ts';

/** What anyone does on any platform: from a stranger to a picture, a cancelled one, another one, and the bill. */
export async function holdDialogue(easel: Pick<Easel, 'replicate' | 'readCode'>, person: Person): Promise<void> {
  /** The newest message that says this, once it is there. */
  const hears = (text: string | RegExp, more: (message: Seen) => boolean = () => true): Promise<Seen> =>
    vi.waitFor(
      async () => {
        const messages = await person.seen();
        const found = messages.findLast((message) => message.text.match(text) && more(message));
        if (!found) throw new Error(`Nobody said ${text}; last: ${JSON.stringify(messages.slice(-2))}`);
        return found;
      },
      { timeout: 10_000, interval: 50 },
    );

  const { replicate } = easel;
  const email = `ada@${person.platform}.example`;

  await person.say('imagine', { prompt: 'a red fox' });
  await hears('First link your email address');
  await person.say('link', { email });
  await hears(`A code is on its way to ${email}`);
  await person.say('verify', { code: await easel.readCode(email) });
  await hears('You have 20 of 20 images today');

  replicate.holdPredictions();
  await person.say('imagine', { prompt: 'a red fox', seed: 7, model: 'flux-dev' });
  const first = await replicate.nextPrediction();
  const running = await hears('a red fox', ({ buttons }) => buttons.includes('Cancel'));
  await person.say('queue');
  await hears(/Yours in the making[\s\S]*a red fox/);
  replicate.release(first.id);
  const done = await hears(/a red fox[\s\S]*1 image used/, ({ pictures }) => pictures === 1);
  expect(done.id).toBe(running.id);
  expect(done.text).toContain('19 of 20 images left today');
  expect(done.text).toContain('seed 7');
  expect(done.buttons).toEqual(['Again', 'Delete']);

  await person.say('imagine', { prompt: 'a blue whale', model: 'flux-dev' });
  await replicate.nextPrediction();
  const second = await hears('a blue whale', ({ buttons }) => buttons.includes('Cancel'));
  await person.press(second.id, 'Cancel');
  await hears(/a blue whale[\s\S]*Cancelled. Not charged/, ({ id }) => id === second.id);

  await person.press(done.id, 'Again');
  const again = await replicate.nextPrediction();
  expect(again.input).toMatchObject({ prompt: 'a red fox' });
  expect(again.input.seed).not.toBe(7);
  replicate.release(again.id);
  const other = await hears(/a red fox[\s\S]*1 image used/, ({ id, pictures }) => id !== done.id && pictures === 1);
  expect(other.text).toContain('18 of 20 images left today');

  await person.say('quota');
  await hears('Today: 2 of 20 images used, 18 left');
  await person.press(other.id, 'Delete');
  await hears('Deleted', ({ pictures }) => pictures === 0);
  // Discord's own client lets nobody type a command that is not there.
  if (person.platform !== 'discord') {
    await person.say('imagin', { prompt: 'x' });
    await hears('There is no command /imagin. Did you mean /imagine?');
  }
}

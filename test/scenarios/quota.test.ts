import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { makePlan } from '../support/core.ts';
import { type Easel, startWholeEasel } from './easel.ts';
import { discordPerson, type Person, type Seen, telegramPerson, webPerson } from './people.ts';

let easel: Easel;
let browser: Browser;
beforeAll(async () => {
  [easel, browser] = await Promise.all([startWholeEasel(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await easel?.close();
});

const people: [string, () => Promise<Person>][] = [
  ['Discord', () => discordPerson(easel)],
  ['Telegram', () => telegramPerson(easel)],
  ['the web chat', () => webPerson(easel, browser)],
];

/** How each platform, or the reader's own app, tells how far off something is. */
const soon = /(⟦<t:\d+:R>⟧|in \d+ \w+|[A-Z][a-z]{2} \d+, \d{4}, \d+:\d+ [AP]M UTC)/.source;

it.each(people)('lets people understand their quota on %s', { timeout: 60_000 }, async (_name, arrive) => {
  const person = await arrive();
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
  const { core } = easel.test;
  const email = `bea@${person.platform}.example`;
  await person.say('link', { email });
  await hears('A code is on its way');
  await person.say('verify', { code: await easel.readCode(email) });
  await hears('This chat is linked');
  const plan = await makePlan(core, { perDay: 2, perMinute: 30, concurrent: 5 });
  const account = await core.database.prisma.account.update({ where: { email }, data: { planSlug: plan } });
  await core.accounts.announce();
  await core.quotas.grant({ accountId: account.id, images: 3, note: 'welcome' });

  await person.say('imagine', { prompt: 'three boats', model: 'flux-dev', count: 3 });
  const drawn = await hears(/three boats[\s\S]*used/, ({ pictures }) => pictures > 0);
  expect(drawn.text).toContain('3 images used. 1 of them was extra. 0 of 2 images left today. 2 extra images left.');

  await person.say('imagine', { prompt: 'a fleet', model: 'flux-dev', count: 4 });
  const refused = await hears('You have used 2 of 2 images today');
  expect(refused.text).toMatch(new RegExp(`Resets ${soon}\\.`));
  expect(refused.text).toContain('With your extra images, 2 are left; you asked for more.');
  expect(refused.text).toContain('Nothing was charged.');

  await person.say('quota');
  const quota = await hears('Extra images: 2 left');
  expect(quota.text).toMatch(new RegExp(`Today: 2 of 2 images used, 0 left. Resets ${soon}\\.`));
  expect(quota.text).toMatch(/3 images for \w+, 1 of them extra, /);
  expect(quota.text).toMatch(/3 extra images from the operator, .* – welcome/);

  await person.say('quota', { notify: 'on' });
  await hears('a message in chat when a new month begins');
  expect(await core.database.prisma.account.findUnique({ where: { email } })).toMatchObject({ monthNotice: true });
  await person.close();
});

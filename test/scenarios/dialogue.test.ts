import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkAnswersAgainstSpec, checkCallsAgainstSpec } from '../emulators/discord/validate-calls.ts';
import { validateCalls } from '../emulators/telegram/validate-calls.ts';
import { launchBrowser } from '../support/browser.ts';
import { holdDialogue } from './dialogue.ts';
import { type Easel, startWholeEasel } from './easel.ts';
import { discordPerson, type Person, telegramPerson, webPerson } from './people.ts';

let easel: Easel;
let browser: Browser;
beforeAll(async () => {
  [easel, browser] = await Promise.all([startWholeEasel(), launchBrowser()]);
  // Two more pictures than the cooldown of the free plan would allow at this speed.
  await easel.test.core.database.prisma.plan.update({ where: { slug: 'free' }, data: { cooldownSeconds: 0 } });
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

it.each(people)('holds the same dialogue on %s', { timeout: 90_000 }, async (_name, arrive) => {
  const person = await arrive();
  await holdDialogue(easel, person);
  await person.close();
});

it('made only calls that Discord describes', (context) => {
  checkCallsAgainstSpec(context, easel.discord.calls);
  checkAnswersAgainstSpec(context, easel.discord.calls);
});

it('made only calls that Telegram describes', (context) => {
  const checked = validateCalls([...easel.telegram.calls]);
  if (!checked.ran) return context.skip(checked.reason);
  expect(checked.faults).toEqual([]);
  expect(easel.telegram.violations).toEqual([]);
});

it('wrote no prompt, code or address into the log', () => {
  const log = easel.test.logged.join('\n');
  for (const secret of [
    'red fox',
    'blue whale',
    'ada@',
    easel.discord.token,
    easel.telegram.token,
    easel.replicate.token,
  ]) {
    expect(log).not.toContain(secret);
  }
});

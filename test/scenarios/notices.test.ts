import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Platform } from '../../core/index.ts';
import { checkAnswersAgainstSpec, checkCallsAgainstSpec } from '../emulators/discord/validate-calls.ts';
import { validateCalls } from '../emulators/telegram/validate-calls.ts';
import { launchBrowser } from '../support/browser.ts';
import { type Easel, startWholeEasel } from './easel.ts';

const patience = { timeout: 15_000, interval: 50 };

let easel: Easel;
let browser: Browser;
beforeAll(async () => {
  [easel, browser] = await Promise.all([startWholeEasel(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await easel?.close();
});

const prisma = () => easel.test.core.database.prisma;

async function link(platform: Platform, platformUserId: string): Promise<string> {
  const accountId = crypto.randomUUID();
  await prisma().account.create({ data: { id: accountId, email: `${accountId}@example.com` } });
  await prisma().identity.create({ data: { id: crypto.randomUUID(), platform, platformUserId, accountId } });
  await easel.test.core.accounts.announce();
  return accountId;
}

/** An operator writes to someone; gives the state that it comes to. */
async function write(accountId: string, text: string) {
  const subject = `test:${crypto.randomUUID()}`;
  expect(await easel.test.core.notices.tell({ accountId, subject, key: 'broadcast', values: { text } })).toBe(true);
  return vi.waitFor(async () => {
    const notice = await prisma().notice.findUniqueOrThrow({ where: { subject } });
    expect(notice.state).not.toBe('pending');
    return notice;
  }, patience);
}

const text = 'We are away tomorrow <b>from</b> 8 to 9 & back at *10* @everyone';

it('arrives in private on Discord, once, as it was written', async () => {
  const user = easel.discord.user({ username: 'ada' });
  const notice = await write(await link('discord', user.id), text);
  expect(notice).toMatchObject({ state: 'delivered', via: 'direct', attempts: 1 });
  const [message, ...more] = user.sees({ dm: true });
  expect(message?.content.replaceAll('\\', '')).toBe(text);
  expect(more).toEqual([]);
});

it('arrives under the command that it is about, for the asker alone, where others read along', async () => {
  const { discord, test } = easel;
  const [user, other] = [discord.user({ username: 'bea' }), discord.user({ username: 'bob' })];
  const accountId = await link('discord', user.id);
  const channel = discord.guildChannel({});
  const interaction = await user.command('quota', {}, { channel });
  await interaction.reply();
  const replyTo = {
    platform: 'discord' as const,
    applicationId: discord.applicationId,
    token: interaction.token,
    tokenExpiresAt: Date.now() + 60_000,
    userId: user.id,
    locale: 'es',
  };
  const values = { plan: 'Premium', renews: new Date('2026-12-21T10:00:00Z') };
  await test.core.notices.tell({ accountId, subject: 'payment:1', key: 'payment_in', values, replyTo });
  const told = await interaction.followUp(() => true, { timeout: 15_000 });
  expect(told).toMatchObject({ ephemeral: true, content: expect.stringContaining('Tu pago ha llegado: Premium') });
  expect(told.content).toContain(`<t:${Date.parse('2026-12-21T10:00:00Z') / 1000}:`);
  expect(other.sees({ channel })).toEqual([]);
  expect(await test.core.notices.tell({ accountId, subject: 'payment:1', key: 'payment_in', values })).toBe(false);
});

it('arrives in the private chat on Telegram, once, as it was written', async () => {
  const ada = { id: 4711, first_name: 'Ada', language_code: 'en' };
  const [user, chat] = [easel.telegram.user(ada), easel.telegram.privateChat(ada)];
  await user.send(chat, '/start');
  await chat.nextMessage();
  const notice = await write(await link('telegram', String(ada.id)), text);
  expect(notice).toMatchObject({ state: 'delivered', via: 'direct', attempts: 1 });
  const told = chat.messages.filter(({ fromBot }) => fromBot).map((message) => message.text.replaceAll('\u2060', ''));
  expect(told.slice(1)).toEqual([text]);
  user.block();
  const accountId = (await prisma().identity.findFirstOrThrow({ where: { platformUserId: '4711' } })).accountId;
  expect(await write(accountId, text)).toMatchObject({
    state: 'abandoned',
    attempts: 1,
    lastError: '403: Forbidden: bot was blocked by the user',
  });
});

it('shows at once in an open web chat, once, and is there after a reload', { timeout: 60_000 }, async () => {
  const page = await browser.newPage({ locale: 'en-US' });
  await page.goto(easel.url);
  const [cookie] = await page.context().cookies();
  const notice = await write(await link('web', cookie?.value.split('.')[0] ?? ''), text);
  expect(notice).toMatchObject({ state: 'delivered', attempts: 1 });
  const lines = page.locator('article.easel .text');
  const told = () => lines.allTextContents().then((all) => all.filter((line) => line.includes('tomorrow')));
  await vi.waitFor(async () => expect(await told()).toEqual([text]), patience);
  await page.reload();
  await vi.waitFor(async () => expect(await told()).toEqual([text]), patience);
  await page.close();
});

it('made only calls that Discord and Telegram describe', (context) => {
  expect(easel.telegram.violations).toEqual([]);
  const checked = validateCalls([...easel.telegram.calls]);
  if (checked.ran) expect(checked.faults).toEqual([]);
  checkCallsAgainstSpec(context, easel.discord.calls);
  checkAnswersAgainstSpec(context, easel.discord.calls);
});

it('wrote nothing that was told into the log', () => {
  expect(easel.test.logged.join('\n')).not.toMatch(/tomorrow|Premium/);
});

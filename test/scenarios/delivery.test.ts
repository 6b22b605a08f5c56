import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Easel, startWholeEasel } from './easel.ts';

const patience = { timeout: 15_000, interval: 50 };

let easel: Easel;
beforeAll(async () => {
  easel = await startWholeEasel();
});
afterAll(() => easel?.close());

async function link(platform: 'discord' | 'telegram', platformUserId: string): Promise<void> {
  const { prisma } = easel.test.core.database;
  const accountId = crypto.randomUUID();
  await prisma.account.create({ data: { id: accountId, email: `${platform}@example.com` } });
  await prisma.identity.create({ data: { id: crypto.randomUUID(), platform, platformUserId, accountId } });
  await easel.test.core.accounts.announce();
}

it('arrives in the channel when the reply token of Discord has run out', async () => {
  const { discord, replicate, test } = easel;
  const user = discord.user({ username: 'ada' });
  await link('discord', user.id);
  const channel = discord.guildChannel({});
  replicate.holdPredictions();
  const interaction = await user.command('imagine', { prompt: 'a red fox', model: 'flux-dev' }, { channel });
  await interaction.reply();
  const prediction = await replicate.nextPrediction();
  discord.expireToken(interaction.token);
  replicate.release(prediction.id);
  await vi.waitFor(
    () => expect(channel.messages.filter(({ attachments }) => attachments.length)).toHaveLength(1),
    patience,
  );
  await vi.waitFor(
    async () =>
      expect(await test.core.database.prisma.delivery.findFirst()).toMatchObject({
        state: 'delivered',
        via: 'channel',
      }),
    patience,
  );
});

it('waits as told when Telegram says 429, and arrives once', async () => {
  const { telegram, replicate } = easel;
  const ada = { id: 4711, first_name: 'Ada', language_code: 'en' };
  const [user, chat] = [telegram.user(ada), telegram.privateChat(ada)];
  await link('telegram', String(ada.id));
  replicate.holdPredictions();
  await user.send(chat, '/imagine a blue whale --model flux-dev');
  const prediction = await replicate.nextPrediction();
  await chat.nextMessage(({ text }) => text.includes('a blue whale'));
  telegram.failNext({ method: 'editMessageMedia', retryAfter: 3 });
  const asked = Date.now();
  replicate.release(prediction.id);
  await vi.waitFor(() => expect(chat.messages.filter(({ photo }) => photo)).toHaveLength(1), patience);
  expect(Date.now() - asked).toBeGreaterThanOrEqual(3_000);
  expect(telegram.violations).toEqual([]);
  expect(telegram.calls.filter(({ method }) => method === 'editMessageMedia').map(({ status }) => status)).toEqual([
    429, 200,
  ]);
});

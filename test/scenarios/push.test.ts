import { afterAll, beforeAll, expect, it } from 'vitest';
import { holdDialogue } from './dialogue.ts';
import { type Easel, startWholeEasel } from './easel.ts';
import { discordPerson, telegramPerson } from './people.ts';

let easel: Easel;
beforeAll(async () => {
  easel = await startWholeEasel({ push: true });
  await easel.test.core.database.prisma.plan.update({ where: { slug: 'free' }, data: { cooldownSeconds: 0 } });
});
afterAll(() => easel?.close());

it('holds the dialogue when Discord calls its endpoint and Replicate calls back', { timeout: 90_000 }, async () => {
  await holdDialogue(easel, await discordPerson(easel));
  expect(easel.replicate.deliveries.length).toBeGreaterThan(0);
  expect(easel.replicate.deliveries.every(({ status }) => status === 200 || status === 204)).toBe(true);
});

it('holds the dialogue when Telegram calls its webhook', { timeout: 90_000 }, async () => {
  await holdDialogue(easel, await telegramPerson(easel));
  expect(easel.telegram.calls.some(({ method }) => method === 'setWebhook')).toBe(true);
  expect(easel.telegram.calls.some(({ method }) => method === 'getUpdates')).toBe(false);
});

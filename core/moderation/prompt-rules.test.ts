import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeMember, makePlan, startTestCore, type TestCore } from '../../test/support/core.ts';
import type { Core } from '../index.ts';
import type { NewPromptRule } from './prompt-rules.ts';

let test: TestCore;
let second: Core;
beforeAll(async () => {
  test = await startTestCore();
  second = await test.another();
  test.core.startWorker();
});
afterAll(() => test?.close());
afterEach(async () => {
  const { promptRule } = test.core.database.prisma;
  for (const { id } of await promptRule.findMany()) await test.core.moderation.rules.remove(id);
});

const rule = (more: Partial<NewPromptRule>): NewPromptRule => ({
  ...{ name: 'a rule', match: 'literal', text: 'fox', action: 'block' },
  ...more,
});
const add = (more: Partial<NewPromptRule>) => test.core.moderation.rules.save(null, rule(more));
const drawn = async (prompt: string, serverId: string | null = null) =>
  (await test.core.moderation.rules.apply(prompt, serverId)).prompt;

/** Asks for a picture; answers the code of the refusal, else what is drawn. */
async function ask(
  core: Core,
  prompt: string,
  replyTo: { platform: 'web' | 'discord'; guildId?: string } | null = null,
) {
  const { account } = await makeMember(core, { plan: await makePlan(core, {}) });
  const accepted = await core.generations.request({
    ...{ account, source: 'test', requestId: crypto.randomUUID(), input: { prompt }, locale: 'en' },
    replyTo: replyTo as Parameters<Core['generations']['request']>[0]['replyTo'],
  });
  return { account, ...accepted };
}
const refusal = (core: Core, prompt: string, replyTo?: Parameters<typeof ask>[2]) =>
  ask(core, prompt, replyTo).then(
    () => null,
    (error) => error,
  );

describe('rules of operators', () => {
  it('block with their own words, and nothing is charged', async () => {
    await add({ text: 'red fox', message: 'Foxes are out of season.' });
    const { account } = await makeMember(test.core);
    const input = { prompt: 'a Red  FOX in snow' };
    const request = { account, source: 'test', requestId: 'x', input, locale: 'en', replyTo: null };
    const error = await test.core.generations.request(request).catch((error) => error);
    expect(error).toMatchObject({ code: 'prompt_blocked', values: { message: 'Foxes are out of season.' } });
    await expect(test.core.generations.estimate(account, input)).rejects.toMatchObject({ code: 'prompt_blocked' });
    expect((await test.core.quotas.status(account.id, account.plan)).daily.used).toBe(0);
    expect(await test.core.generations.list(account.id)).toEqual([]);
  });

  it('hold from the next request, in every process', async () => {
    expect(await refusal(second, 'a fox')).toBeNull();
    const { id } = await add({});
    expect(await refusal(test.core, 'a fox')).toMatchObject({ code: 'prompt_refused' });
    await vi.waitFor(async () => expect(await refusal(second, 'a fox')).toMatchObject({ code: 'prompt_refused' }));
    await test.core.moderation.rules.save(id, rule({ enabled: false }));
    expect(await refusal(test.core, 'a fox')).toBeNull();
    await vi.waitFor(async () => expect(await refusal(second, 'a fox')).toBeNull());
  });

  it.each([
    ['whole words in any case', 'a FOX!'],
    ['masked by signs', 'a f0x'],
    ['masked by dots', 'the f.o.x'],
    ['masked by other alphabets', 'a fоx'],
    ['masked by what nobody sees', 'a f\u200box'],
    ['with accents', 'a fóx'],
  ])('find literals: %s', async (_, prompt) => {
    await add({});
    await expect(drawn(prompt)).rejects.toMatchObject({ code: 'prompt_refused' });
  });

  it('leave words alone that only contain a literal', async () => {
    await add({});
    expect(await drawn('a foxglove and two foxes')).toBe('a foxglove and two foxes');
    await add({ text: '狐' });
    await expect(drawn('雪の中の狐です')).rejects.toMatchObject({ code: 'prompt_refused' });
  });

  it('hold in one Discord server alone, or everywhere', async () => {
    await add({ serverId: '123' });
    expect(await refusal(test.core, 'a fox')).toBeNull();
    expect(await refusal(test.core, 'a fox', { platform: 'discord', guildId: '124' })).toBeNull();
    expect(await refusal(test.core, 'a fox', { platform: 'discord', guildId: '123' })).toMatchObject({
      code: 'prompt_refused',
    });
  });

  it('replace words, openly or masked, and leave the others as they were', async () => {
    await add({ action: 'replace', text: 'fox', replacement: 'red FOX' });
    await add({ action: 'replace', match: 'pattern', text: '\\bpirate\\w*', replacement: 'sailor' });
    expect(await drawn('A Fox and a fox, by Émile')).toBe('A red FOX and a red FOX, by Émile');
    expect(await drawn('two Pirates')).toBe('two sailor');
    expect(await drawn('The f.o.x')).toBe('the red FOX');
    expect(await drawn('Nothing of it')).toBe('Nothing of it');
  });

  it('never draw what is refused by being put together', async () => {
    await add({ action: 'replace', text: 'apple', replacement: 'naked' });
    expect(await refusal(test.core, 'an apple child')).toMatchObject({ code: 'prompt_refused' });
    await add({ text: 'blue whale' });
    await add({ action: 'replace', text: 'azure', replacement: 'blue' });
    expect(await refusal(test.core, 'an azure whale')).toMatchObject({ code: 'prompt_refused' });
    await add({ action: 'replace', text: 'everything', replacement: '' });
    expect(await refusal(test.core, 'everything!')).toMatchObject({ code: 'prompt_refused' });
  });

  it('tell whoever asked in a chat that words were replaced', async () => {
    await add({ action: 'replace', replacement: 'cat' });
    const { account, id, ref } = await ask(test.core, 'a fox', { platform: 'web' });
    expect((await test.core.generations.get(account.id, id)).prompt).toBe('a cat');
    const [notice] = await test.core.database.prisma.notice.findMany({ where: { accountId: account.id } });
    expect(notice).toMatchObject({ key: 'words_replaced', values: { ref } });
  });

  it('have the finished pictures looked at', async () => {
    await add({ name: 'foxes', action: 'warn' });
    const { account, id } = await ask(test.core, 'a fox');
    const { report } = test.core.database.prisma;
    await vi.waitFor(
      async () => expect(await report.findMany({ where: { image: { generationId: id } } })).toHaveLength(1),
      { timeout: 10_000 },
    );
    const { cases } = await test.core.moderation.queue(10);
    expect(cases.find(({ generationId }) => generationId === id)).toMatchObject({
      prompt: 'a fox',
      email: account.email,
      reports: [{ source: 'rule', reason: 'foxes', email: null }],
    });
  });

  it('say what they would do with a text, enabled or not', async () => {
    const { id } = await add({ action: 'replace', replacement: 'cat', enabled: false });
    const tried = (text: string) => test.core.moderation.rules.tryOut(id, text);
    expect(await tried('a FOX')).toEqual({ does: 'replace', prompt: 'a cat' });
    expect(await tried('a whale')).toEqual({ does: 'nothing' });
  });

  it.each([
    [{ match: 'pattern', text: '(a' }, 'pattern_refused'],
    [{ match: 'pattern', text: '(a)\\1' }, 'pattern_refused'],
    [{ text: ' ' }, 'invalid_input'],
    [{ text: 'x'.repeat(501) }, 'invalid_input'],
    [{ name: '' }, 'invalid_input'],
    [{ serverId: 'my server' }, 'invalid_input'],
  ] as const)('are refused when they make no sense: %j', async (more, code) => {
    await expect(add(more)).rejects.toMatchObject({ code });
  });

  it('keep the service answering whatever an operator writes and a member asks', async () => {
    await add({ match: 'pattern', text: '(\\w+\\s*)+(\\w+\\s*)+!$' });
    const begun = performance.now();
    await drawn(`${'fox '.repeat(900)}`).catch(() => {});
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

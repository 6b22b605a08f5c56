import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../core/index.ts';
import { makeMember, startTestCore, type TestCore } from '../test/support/core.ts';
import { createPerson, createTestDispatch } from '../test/support/person.ts';
import { defineCommand } from './chat.ts';
import { commands } from './commands/index.ts';
import { createDispatch } from './dispatch.ts';

describe('dispatch', () => {
  let test: TestCore;
  beforeAll(async () => {
    test = await startTestCore();
  });
  afterAll(() => test.close());

  const breaking = (error: () => unknown) =>
    createDispatch({
      core: test.core,
      actions: [],
      commands: [
        defineCommand({
          name: 'break',
          private: false,
          options: [{ type: 'text', name: 'text', maxLength: 50 }],
          run: () => Promise.reject(error()),
        }),
      ],
    });
  const run = async (error: () => unknown, locale = 'en') => {
    const lines = test.logged.length;
    const reply = await createPerson(breaking(error), { locale }).send('break', { text: 'words of mine' });
    return { reply, logged: test.logged.slice(lines).map((line) => JSON.parse(line)) };
  };

  it.each(['en', 'es'])('answers a fault of ours with a number that the log knows (%s)', async (locale) => {
    const { reply, logged } = await run(() => new TypeError('undefined is not a function'), locale);
    expect(reply.private).toBe(true);
    const [line] = logged;
    expect(line).toMatchObject({
      level: 50,
      command: 'break',
      platform: 'telegram',
      err: { type: 'TypeError', stack: expect.any(String) },
    });
    expect(reply.html).toBe(test.core.words.html(locale, 'errors.internal', { request: line.request }));
    expect(JSON.stringify(logged)).not.toContain('words of mine');
  });

  it('survives whatever is thrown', async () => {
    for (const thrown of [undefined, null, 'text', 42, {}]) {
      const { reply } = await run(() => thrown);
      expect(reply).toMatchObject({ private: true, html: expect.stringContaining('<code>') });
    }
  });

  it('tells a refusal in its own words, and the log only its code', async () => {
    const { reply, logged } = await run(() => new AppError('already_linked', { email: 'ana@example.com' }));
    expect(reply).toMatchObject({ private: true, mode: 'message', html: expect.stringContaining('ana@example.com') });
    expect(logged).toMatchObject([{ level: 30, command: 'break', reason: 'already_linked' }]);
    expect(JSON.stringify(logged)).not.toContain('ana@example.com');
  });

  it('logs why a part of the service is away', async () => {
    const { logged } = await run(() => new AppError('unavailable', {}, { cause: new Error('connect ECONNREFUSED') }));
    expect(logged).toMatchObject([
      { reason: 'unavailable' },
      { level: 40, reason: 'unavailable', err: 'connect ECONNREFUSED' },
    ]);
  });

  it('knows commands in any case, and the language that the platform says', async () => {
    const dispatch = createTestDispatch(test.core);
    const german = await createPerson(dispatch, { locale: 'de-AT' }).send('HELP', {});
    expect(german.text).toContain(test.core.words.plain('en', 'chat.help_title'));
    const spanish = await createPerson(dispatch, { locale: 'es-419' }).send('help', {});
    expect(spanish.text).toContain(test.core.words.plain('es', 'chat.help_title'));
  });

  it('puts signed data of at most 64 bytes behind every button, which works in another process', async () => {
    const { userId } = await makeMember(test.core);
    const ana = createPerson(createTestDispatch(test.core), { platform: 'web', userId });
    const asked = await ana.type('/imagine a fox');
    const button = asked.buttons?.[0]?.[0];
    if (!button || !('action' in button)) throw new Error('There is no button');
    const { label, data } = createTestDispatch(test.core).button('en', button);
    expect(label).toBe('Cancel');
    expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64);
    const elsewhere = createPerson(createTestDispatch(await test.another()), { platform: 'web', userId });
    expect((await elsewhere.sendButton(data)).mode).toBe('notice');
  });

  it('has words for everything a platform shows of the commands', () => {
    for (const locale of test.core.words.locales)
      for (const { name, options } of commands) {
        const description = test.core.words.plain(locale, `commands.${name}.description`);
        expect(description.length).toBeLessThanOrEqual(100);
        for (const option of options)
          expect(test.core.words.plain(locale, `commands.${name}.options.${option.name}`).length).toBeLessThanOrEqual(
            100,
          );
      }
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../test/support/core.ts';
import { createPerson, createTestDispatch, waitForEnd } from '../test/support/person.ts';

describe('a prompt that would be code elsewhere', () => {
  let test: TestCore;
  beforeAll(async () => {
    test = await startTestCore();
    test.core.startWorker();
  });
  afterAll(() => test.close());

  it.each([
    '**bold** __under__ ~~gone~~ `code` ||spoiler|| > quote # title - list [link](https://evil.example)',
    '@everyone @here <@123456789> <#1> <:emoji:1> <t:0:R>',
    '<b>bold</b> <script>alert(1)</script> <a href="https://evil.example">x</a> &amp; &lt; &#39; " \'',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is meant to stay as it is.
    '{{prompt}} {{- count}} $t(errors.internal) $& $1 ${x} %s \\n',
    '\'; DROP TABLE generations; -- " OR ""="',
  ])('%s is read back literally', async (prompt) => {
    const { userId } = await makeMember(test.core);
    const ana = createPerson(createTestDispatch(test.core), { platform: 'web', userId });
    const asked = await ana.send('imagine', { prompt });
    expect(asked.text.split('\n')[0]).toBe(prompt);
    await waitForEnd(test.core, asked.follow as string);
    const shown = await ana.send('show', {});
    expect(shown.text.split('\n')[0]).toBe(prompt);
    expect(shown.images?.[0]?.alt).toContain(prompt);
  });
});

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeMember, makePlan, startTestCore, type TestCore } from '../test/support/core.ts';
import { createPerson, createTestDispatch, type Person, waitForEnd } from '../test/support/person.ts';
import { readAllRedis } from '../test/support/read-redis.ts';
import type { ActionName } from './chat.ts';

/** Stands in everything that is typed here, and must turn up nowhere but in replies. */
const mark = 'zyxomma';
const family = '👨‍👩‍👧‍👦';
const ownProto = (value: string) =>
  JSON.parse(`{"prompt": "${mark}", "__proto__": ${value}}`) as Record<string, unknown>;

describe('bad input', () => {
  let test: TestCore;
  let ana: Person;
  let accountId: string;
  /** What Redis holds before anything is asked. */
  let before: Record<string, unknown>;
  beforeAll(async () => {
    test = await startTestCore();
    const member = await makeMember(test.core, { plan: await makePlan(test.core, {}) });
    accountId = member.account.id;
    ana = createPerson(createTestDispatch(test.core), { platform: 'web', userId: member.userId });
    before = await readAllRedis(test.redisClient);
  });
  afterAll(() => test.close());

  const imagine = (input: Record<string, unknown>) => ({ name: 'imagine', input: { prompt: mark, ...input } });
  const rows: [string, { name: string; input: Record<string, unknown> }, string, string][] = [
    ['a typing error', { name: 'imagin', input: { prompt: mark } }, 'unknown_command', 'Did you mean /imagine?'],
    ['an unknown command', { name: `${mark}quux`, input: {} }, 'unknown_command', `/${mark}quux. /help lists`],
    ['a prototype’s name', { name: 'constructor', input: {} }, 'unknown_command', '/constructor'],
    ['a command of markup', { name: `<b>${mark}</b>`, input: {} }, 'unknown_command', `/<b>${mark}</b>.`],
    ['no command', { name: '', input: {} }, 'unknown_command', '/help'],
    ['a command of ten megabytes', { name: mark.repeat(1_400_000), input: {} }, 'unknown_command', '…'],

    ['no prompt', { name: 'imagine', input: {} }, 'prompt_missing', '/imagine a red fox'],
    ['an empty prompt', imagine({ prompt: '' }), 'prompt_missing', '/imagine a red fox'],
    ['a blank prompt', imagine({ prompt: ' \n\t\u3000' }), 'prompt_missing', '/imagine a red fox'],
    ['null for a prompt', imagine({ prompt: null }), 'prompt_missing', '/imagine a red fox'],
    ['a zero-width flood', imagine({ prompt: '\u200b\u200d\u2060'.repeat(300) }), 'prompt_missing', '/imagine'],
    ['1,001 letters', imagine({ prompt: 'é'.repeat(1001) }), 'prompt_too_long', '1,001 characters; up to 1,000'],
    ['1,001 families', imagine({ prompt: family.repeat(1001) }), 'prompt_too_long', '1,001 characters'],
    ['1,001 flags', imagine({ prompt: '🇪🇸'.repeat(1001) }), 'prompt_too_long', '1,001 characters'],
    ['1,001 marked letters', imagine({ prompt: 'x\u0323\u0308'.repeat(1001) }), 'prompt_too_long', '1,001 characters'],
    ['towers of marks', imagine({ prompt: `${mark}${'\u0301'.repeat(30_000)}` }), 'prompt_too_long', 'Shorten it'],
    ['ten megabytes', imagine({ prompt: mark.repeat(1_500_000) }), 'prompt_too_long', '10,500,000 characters'],
    ['a null character', imagine({ prompt: `${mark}\0fox` }), 'prompt_unreadable', 'invisible'],
    ['terminal escapes', imagine({ prompt: `\u001b[31m${mark}` }), 'prompt_unreadable', 'invisible'],
    ['half an emoji', imagine({ prompt: `${mark} \ud83e` }), 'prompt_unreadable', 'invisible'],
    ['a right-to-left override', imagine({ prompt: `${mark} \u202egpj.exe` }), 'prompt_unreadable', 'direction'],
    ['what is never drawn', imagine({ prompt: `${mark} n4ked ch1ld` }), 'prompt_refused', 'Nothing was charged'],
    ...[42, true, ['a', 'b'], { text: mark }, { toString: 1 }].map(
      (prompt) =>
        [`${JSON.stringify(prompt)} for a prompt`, imagine({ prompt }), 'invalid_input', 'prompt'] as (typeof rows)[0],
    ),

    ['an unknown option', imagine({ promt: mark }), 'unknown_option', 'Did you mean --prompt?'],
    ['an option like nothing', imagine({ [`${mark}zz`]: 1 }), 'unknown_option', 'Options here: --prompt, --style'],
    [
      'an option where there are none',
      { name: 'help', input: { [mark]: 1 } },
      'unknown_option',
      'This command takes none.',
    ],
    ['an option of ten megabytes', imagine({ ['x'.repeat(10_000_000)]: 1 }), 'unknown_option', 'Options here: '],
    ['__proto__ as an option', imagine(ownProto('{"count": 4}')), 'unknown_option', '--__proto__'],
    ['constructor as an option', imagine({ constructor: mark }), 'unknown_option', '--constructor'],
    ['hasOwnProperty as an option', imagine({ hasOwnProperty: 1 }), 'unknown_option', '--hasOwnProperty'],

    ['a style misspelt', imagine({ style: 'watercolour' }), 'unknown_choice', 'Try: watercolor'],
    [
      'a style unknown',
      imagine({ style: `${mark}\u202e\ud83d` }),
      'unknown_choice',
      `${mark} is no style we know. Try: photo,`,
    ],
    ['a prototype’s style', imagine({ style: '__proto__' }), 'unknown_choice', '__proto__ is no style'],
    ['a style of ten megabytes', imagine({ style: mark.repeat(1_500_000) }), 'unknown_choice', 'Try: photo'],
    ...[42, false, ['noir'], { toString: 1 }].map(
      (style) =>
        [`${JSON.stringify(style)} for a style`, imagine({ style }), 'unknown_choice', 'Try: '] as (typeof rows)[0],
    ),
    ['a model misspelt', imagine({ model: 'sandbox-postr' }), 'unknown_choice', 'sandbox-poster'],
    ['a model unknown', imagine({ model: mark }), 'unknown_choice', 'no model we know. Try: sandbox-landscape, '],
    ['a model of the wrong type', imagine({ model: {} }), 'unknown_choice', 'sandbox-landscape'],
    ['a shape unknown', imagine({ aspect: '16:10' }), 'unknown_choice', '16:9'],
    ...[0, 5, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 'two', '1.5', '0x2', '1e0', `${mark}`, true, [2], {}].map(
      (count) =>
        [
          `${JSON.stringify(count)} pictures (${typeof count})`,
          imagine({ count }),
          'invalid_input',
          'Allowed: 1–4',
        ] as (typeof rows)[0],
    ),
    ...[-1, 2 ** 31, 2 ** 53, 0.5, '99999999999999999999', 'seven', [], { valueOf: 7 }].map(
      (seed) => [`${JSON.stringify(seed)} for a seed`, imagine({ seed }), 'invalid_input', 'seed'] as (typeof rows)[0],
    ),
    ['a number to keep out', imagine({ negative: 7 }), 'invalid_input', 'negative'],
    ['too much to keep out', imagine({ negative: 'x'.repeat(1001) }), 'prompt_too_long', '1,001'],
    ['far too much to keep out', imagine({ negative: 'x'.repeat(100_000) }), 'invalid_input', 'negative'],
    ['controls to keep out', imagine({ negative: `${mark}\u0007` }), 'prompt_unreadable', 'invisible'],

    ['no code', { name: 'verify', input: {} }, 'missing_option', '/verify 123456'],
    ['a code that is none', { name: 'verify', input: { code: mark } }, 'code_missing', '/link'],
    ['a code in SQL', { name: 'verify', input: { code: "' OR 1=1; --" } }, 'code_missing', '/link'],
    ['a code with a null', { name: 'verify', input: { code: '1\0' + '2' } }, 'code_missing', '/link'],
    ['a code as a number', { name: 'verify', input: { code: 123456 } }, 'invalid_input', 'code'],
    ['a code as a book', { name: 'verify', input: { code: '1'.repeat(100_000) } }, 'invalid_input', 'code'],
    [
      'an address in SQL',
      { name: 'link', input: { email: `${mark}'; DROP TABLE accounts; --` } },
      'invalid_email',
      'DROP TABLE',
    ],
    [
      'an address with a header',
      { name: 'link', input: { email: `a@b.cc\r\nBcc: ${mark}@example.com` } },
      'invalid_email',
      '/link you@',
    ],
    [
      'an address of markup',
      { name: 'link', input: { email: `<img src=x onerror=${mark}>` } },
      'invalid_email',
      '<img src=x',
    ],

    ...['show', 'cancel'].flatMap((name): typeof rows => [
      [`/${name} of nothing`, { name, input: { id: mark } }, 'not_found', mark],
      [`/${name} with a null`, { name, input: { id: 'abc\0' + 'defg' } }, 'not_found', 'abcdefg'],
      [`/${name} with half an emoji`, { name, input: { id: '\ud83dabc' } }, 'not_found', 'abc'],
      [`/${name} in SQL`, { name, input: { id: "' OR 'a'='a" } }, 'not_found', "' OR 'a'='a"],
      [`/${name} of nearly a UUID`, { name, input: { id: `00000000-${'-'.repeat(27)}` } }, 'not_found', '00000000'],
      [`/${name} of nobody’s UUID`, { name, input: { id: crypto.randomUUID() } }, 'not_found', 'in your account'],
      [`/${name} of a book`, { name, input: { id: mark.repeat(1000) } }, 'invalid_input', 'id'],
      [`/${name} of an object`, { name, input: { id: { gt: '' } } }, 'invalid_input', 'id'],
    ]),
  ];

  it.each(rows)(
    '%s is refused clearly and privately, and costs nothing',
    async (_, { name, input }, code, essential) => {
      const lines = test.logged.length;
      const started = performance.now();
      const reply = await ana.send(name, input);
      expect(performance.now() - started).toBeLessThan(500);
      expect(reply).toMatchObject({ private: true });
      expect(reply.text).toContain(essential);
      expect(reply.text.length).toBeLessThan(500);
      expect(reply.html.isWellFormed()).toBe(true);
      expect(reply.html).not.toMatch(/(?!\n)\p{Cc}|[\u202a-\u202e]|\{\{|undefined|NaN|\[object/u);
      expect(test.logged.slice(lines).map((line) => JSON.parse(line).reason)).toEqual([code]);
    },
  );

  const buttons: [string, (signed: string) => string][] = [
    ['nothing', () => ''],
    ['dots', () => '...'],
    ['words', () => `${mark}.${mark}.${mark}`],
    ['a truncated one', (signed) => signed.slice(0, -1)],
    ['one without its signature', (signed) => signed.slice(0, signed.lastIndexOf('.'))],
    ['one with a byte changed', (signed) => `${signed.slice(0, -1)}${signed.endsWith('A') ? 'B' : 'A'}`],
    ['another action under its signature', (signed) => signed.replace('again', 'delete')],
    [
      'another id under its signature',
      (signed) => signed.replace(/\.(.)/, (_, letter) => `.${letter === 'A' ? 'B' : 'A'}`),
    ],
    ['a prototype’s action', () => '__proto__.AAAA.AAAA'],
    ['markup', () => `<b>${mark}</b>`],
    ['ten megabytes', () => mark.repeat(1_500_000)],
  ];
  it.each(buttons)('a button of %s does nothing', async (_, forge) => {
    const dispatch = createTestDispatch(test.core);
    const signed = dispatch.button('en', { action: 'again', id: crypto.randomUUID(), style: 'primary' }).data;
    const reply = await ana.sendButton(forge(signed));
    expect(reply).toMatchObject({ private: true, html: test.core.words.html('en', 'errors.button_invalid') });
  });

  it.each(['again', 'delete', 'cancel'] as ActionName[])(
    'a signed button %s of nothing does nothing',
    async (action) => {
      const { data } = createTestDispatch(test.core).button('en', {
        action,
        id: crypto.randomUUID(),
        style: 'primary',
      });
      expect(await ana.sendButton(data)).toMatchObject({
        private: true,
        html: test.core.words.html('en', 'chat.not_yours'),
      });
    },
  );

  it('of all this nothing is spent, kept, queued or logged', async () => {
    const { prisma } = test.core.database;
    expect(await prisma.quotaEntry.count()).toBe(0);
    expect(await prisma.generation.count()).toBe(0);
    expect(await prisma.outbox.count()).toBe(0);
    expect(await prisma.emailCode.count()).toBe(0);
    expect(await readAllRedis(test.redisClient)).toEqual(before);
    const log = test.logged.join('\n');
    expect(log).not.toContain(mark);
    expect(log).not.toContain('DROP TABLE');
    expect(test.logged.filter((line) => JSON.parse(line).level >= 40)).toEqual([]);
  });

  it('a good prompt is kept in Postgres alone: not in jobs, counters, news or the log', async () => {
    const { pool } = test.core.database;
    await pool.query(rememberPromises);
    const news: string[] = [];
    const listener = test.redisClient.duplicate();
    listener.on('pmessage', (_pattern, _channel, text: string) => news.push(text));
    await listener.psubscribe('*');
    const asked = await ana.send('imagine', imagine({ negative: `no ${mark}`, count: '2' }).input);
    const queued = await vi.waitFor(async () => {
      const held = JSON.stringify(await readAllRedis(test.redisClient));
      expect(held).toContain(`easel:generation:${asked.follow}`);
      return held;
    });
    expect(queued).not.toContain(mark);
    test.core.startWorker();
    expect(await waitForEnd(test.core, asked.follow as string)).toMatchObject({ accountId, count: 2, prompt: mark });
    expect(JSON.stringify(await readAllRedis(test.redisClient))).not.toContain(mark);
    expect(news.length).toBeGreaterThan(0);
    expect(news.join('\n')).not.toContain(mark);
    expect(test.logged.join('\n')).not.toContain(mark);
    const { rows } = await pool.query<{ row: string }>('SELECT row FROM promises_seen');
    expect(rows.map(({ row }) => row).join('\n')).toContain(asked.follow);
    expect(JSON.stringify(rows)).not.toContain(mark);
    listener.disconnect();
  });

  it('nothing is started while Redis is away, and the log says why without the prompt', async () => {
    await test.redis.kill();
    const lines = test.logged.length;
    const reply = await ana.send('imagine', { prompt: mark });
    expect(reply).toMatchObject({ private: true, html: test.core.words.html('en', 'errors.quota_unavailable') });
    const log = test.logged.slice(lines).join('\n');
    expect(log).toMatch(/"level":40.*"reason":"quota_unavailable","err":".+".*a part of the service is away/);
    expect(log).not.toContain(mark);
  });
});

/** Outbox rows are gone once they are handed to the queue; this keeps what they held. */
const rememberPromises = `
  CREATE TABLE promises_seen (row text);
  CREATE FUNCTION remember_promise() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO promises_seen VALUES (NEW::text); RETURN NEW; END $$;
  CREATE TRIGGER remember AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION remember_promise();`;

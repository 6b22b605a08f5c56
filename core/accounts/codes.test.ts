import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/support/servers.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { AppError } from '../errors.ts';
import { type CodeSubject, createCodes } from './codes.ts';

describe('one-time codes', () => {
  let server: TestDatabase;
  let database: Database;
  let now = new Date('2026-11-21T10:00:00Z');
  const key = new Uint8Array(32).fill(7);
  const codes = () => createCodes({ database, key, clock: () => now });
  const forward = (seconds: number) => {
    now = new Date(now.getTime() + seconds * 1000);
  };
  const someone = (): CodeSubject => ({ purpose: 'link', platform: 'telegram', platformUserId: randomUUID() });
  const somewhere = () => `${randomUUID()}@example.com`;

  beforeAll(async () => {
    server = await createTestDatabase();
    database = openDatabase({ url: server.url, log: pino({ level: 'silent' }) });
  });
  afterAll(async () => {
    await database.close();
    await server.drop();
  });

  it('proves the address it was sent to', async () => {
    const [subject, email] = [someone(), somewhere()];
    const code = await codes().issue(subject, email);
    expect(code).toMatch(/^\d{6}$/);
    expect(await codes().redeem(subject, code)).toBe(email);
  });

  it.each([
    ['spaces', (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`],
    ['a dash', (code: string) => `${code.slice(0, 3)}-${code.slice(3)}`],
    [
      'full-width digits',
      (code: string) => [...code].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join(''),
    ],
  ])('reads a code typed with %s', async (_, type) => {
    const [subject, email] = [someone(), somewhere()];
    expect(await codes().redeem(subject, type(await codes().issue(subject, email)))).toBe(email);
  });

  it('belongs to one chat user', async () => {
    const subject = someone();
    const code = await codes().issue(subject, somewhere());
    await expect(codes().redeem(someone(), code)).rejects.toMatchObject({ code: 'code_missing' });
    await expect(codes().redeem({ ...subject, platform: 'discord' }, code)).rejects.toMatchObject({
      code: 'code_missing',
    });
    expect(await guessesLeft(subject)).toBe(5);
  });

  it('is void once a newer one is sent, whatever the address', async () => {
    const [subject, second] = [someone(), somewhere()];
    const old = await codes().issue(subject, somewhere());
    const code = await codes().issue(subject, second);
    if (old !== code) await expect(codes().redeem(subject, old)).rejects.toMatchObject({ code: 'code_wrong' });
    expect(await codes().redeem(subject, code)).toBe(second);
  });

  it('is kept as a keyed hash only', async () => {
    const [subject, email] = [someone(), somewhere()];
    const code = await codes().issue(subject, email);
    const rows = await database.pool.query('SELECT email_codes::text AS row FROM email_codes WHERE email = $1', [
      email,
    ]);
    expect(rows.rows[0].row).not.toContain(code);
    const otherKey = createCodes({ database, key: new Uint8Array(32).fill(8), clock: () => now });
    await expect(otherKey.redeem(subject, code)).rejects.toMatchObject({ code: 'code_wrong' });
  });

  it('lasts ten minutes and not a moment longer', async () => {
    const [subject, email] = [someone(), somewhere()];
    const code = await codes().issue(subject, email);
    forward(10 * 60 - 1);
    expect(await codes().redeem(subject, code)).toBe(email);
    const late = await codes().issue(subject, email);
    forward(10 * 60);
    await expect(codes().redeem(subject, late)).rejects.toMatchObject({ code: 'code_missing' });
  });

  it('works once, also when it is used fifty times at once', async () => {
    const [subject, email] = [someone(), somewhere()];
    const code = await codes().issue(subject, email);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcome(codes().redeem(subject, code))));
    expect(outcomes.filter((each) => each === email)).toHaveLength(1);
    expect(outcomes.filter((each) => each === 'code_missing')).toHaveLength(49);
    await expect(codes().redeem(subject, code)).rejects.toMatchObject({ code: 'code_missing' });
  });

  it('compares at most five of a thousand parallel guesses, then is locked for the right one too', async () => {
    const subject = someone();
    const code = await codes().issue(subject, somewhere());
    const wrong = Array.from({ length: 1001 }, (_, index) => String(index).padStart(6, '0')).filter(
      (each) => each !== code,
    );
    const outcomes = await Promise.all(wrong.slice(0, 1000).map((guess) => outcome(codes().redeem(subject, guess))));
    expect(outcomes.filter((each) => each === 'code_wrong')).toHaveLength(5);
    expect(outcomes.filter((each) => each === 'code_missing')).toHaveLength(995);
    await expect(codes().redeem(subject, code)).rejects.toMatchObject({ code: 'code_missing' });
  });

  it('counts the guesses down, and takes the right code on the fifth', async () => {
    const [subject, email] = [someone(), somewhere()];
    const code = await codes().issue(subject, email);
    const wrong = code === '000000' ? '111111' : '000000';
    for (const left of [4, 3, 2, 1])
      await expect(codes().redeem(subject, wrong)).rejects.toMatchObject({
        code: 'code_wrong',
        values: { count: left },
      });
    expect(await codes().redeem(subject, code)).toBe(email);
  });

  it.each([
    ['address', () => ({ email: somewhere(), subject: null })],
    ['chat user', () => ({ email: null, subject: someone() })],
  ])('is sent five times an hour to one %s, also when asked for all at once', async (_, make) => {
    const { email, subject } = make();
    const ask = () => outcome(codes().issue(subject ?? someone(), email ?? somewhere()));
    const outcomes = await Promise.all(Array.from({ length: 40 }, ask));
    expect(outcomes.filter((each) => /^\d{6}$/.test(each))).toHaveLength(5);
    expect(outcomes.filter((each) => each === 'code_limit')).toHaveLength(35);
    forward(59 * 60);
    expect(await ask()).toBe('code_limit');
    forward(60);
    expect(await ask()).toMatch(/^\d{6}$/);
  });

  it('says how long until the next may be sent', async () => {
    const email = somewhere();
    for (let sent = 0; sent < 5; sent++) {
      await codes().issue(someone(), email);
      forward(60);
    }
    await expect(codes().issue(someone(), email)).rejects.toMatchObject({ values: { max: 5, minutes: 55 } });
  });

  it('leaves the waiting code alone when another may not be sent', async () => {
    const [subject, email] = [someone(), somewhere()];
    for (let sent = 0; sent < 4; sent++) await codes().issue(subject, somewhere());
    const code = await codes().issue(subject, email);
    await expect(codes().issue(subject, somewhere())).rejects.toMatchObject({ code: 'code_limit' });
    expect(await codes().redeem(subject, code)).toBe(email);
  });

  it('are forgotten after a day', async () => {
    const [old, fresh] = [someone(), someone()];
    await codes().issue(old, somewhere());
    forward(86_400);
    await codes().issue(fresh, somewhere());
    forward(1);
    await codes().prune();
    const left = (subject: CodeSubject) =>
      database.prisma.emailCode.count({ where: { platformUserId: subject.platformUserId } });
    expect([await left(old), await left(fresh)]).toEqual([0, 1]);
  });

  const guessesLeft = async ({ platformUserId }: CodeSubject) =>
    (await database.prisma.emailCode.findFirstOrThrow({ where: { platformUserId } })).guessesLeft;
});

/** What came of it, as a word. */
async function outcome(work: Promise<string>): Promise<string> {
  return work.catch((error: unknown) => {
    if (error instanceof AppError) return error.code;
    throw error;
  });
}

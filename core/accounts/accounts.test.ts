import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestCore, type TestCore } from '../../test/support/core.ts';
import { codeIn, type MailServer, startMailServer } from '../../test/support/mail-server.ts';
import type { ChatIdentity } from './accounts.ts';

const codeMail = /^\d{6} /;
const alertMail = /^Another chat/;

describe('linking a chat by email', () => {
  let mail: MailServer;
  let test: TestCore;
  beforeAll(async () => {
    mail = await startMailServer();
    test = await startTestCore({ environment: { SMTP_URL: mail.url, MAIL_FROM: 'Easel <easel@example.com>' } });
  });
  afterAll(async () => {
    await test.close();
    await mail.stop();
  });

  let people = 0;
  const somewhere = () => `person-${++people}@example.com`;
  const someone = (identity: Partial<ChatIdentity> = {}): ChatIdentity => ({
    platform: 'telegram',
    userId: `user-${++people}`,
    displayName: 'Ana',
    locale: 'en',
    ...identity,
  });
  const accounts = () => test.core.accounts;
  const ask = async (identity: ChatIdentity, email: string) => {
    const count = mail.countTo(email, codeMail) + 1;
    await accounts().requestLink(identity, email);
    return codeIn(await mail.latest(email, { count, subject: codeMail }));
  };
  const join = async (identity: ChatIdentity, email: string) => accounts().verify(identity, await ask(identity, email));

  it('makes an account for a new address, on the free plan and in the chat’s language', async () => {
    const [ana, email] = [someone({ locale: 'es' }), somewhere()];
    const { account, joined } = await join(ana, email);
    expect({ account, joined }).toMatchObject({
      account: { email, role: 'member', status: 'active', planSlug: 'free', locale: 'es' },
      joined: false,
    });
    expect(await accounts().find('telegram', ana.userId)).toMatchObject({ id: account.id });
  });

  it('joins a second platform to the same account, and tells its owner by mail', async () => {
    const email = somewhere();
    const { account } = await join(someone(), email);
    const second = await join(someone({ platform: 'discord', displayName: 'Bo' }), email);
    expect(second).toMatchObject({ account: { id: account.id }, joined: true });
    const alert = await mail.latest(email, { subject: alertMail });
    expect(alert.subject).toBe('Another chat was linked to your Easel account');
    expect(alert.text).toContain('Discord (Bo) was just linked');
    expect((await accounts().identities(account.id)).map(({ platform }) => platform)).toEqual(['telegram', 'discord']);
  });

  it('sends no alert to someone who is alone in the account', async () => {
    const email = somewhere();
    await join(someone(), email);
    // An alert would have been handed over before this code was asked for.
    await ask(someone(), somewhere());
    expect(mail.countTo(email)).toBe(1);
  });

  it('shares quota and pictures between the chats of an account', async () => {
    const [ana, again, email] = [someone(), someone({ platform: 'discord' }), somewhere()];
    await join(ana, email);
    await join(again, email);
    const one = await accounts().find('telegram', ana.userId);
    const other = await accounts().find('discord', again.userId);
    if (!one || !other) throw new Error('both are linked');
    const request = { source: 'telegram', requestId: crypto.randomUUID(), locale: 'en', replyTo: null };
    const accepted = await test.core.generations.request({
      account: one,
      ...request,
      input: { prompt: 'a fox', count: 2 },
    });
    expect((await test.core.generations.get(other.id, accepted.ref)).id).toBe(accepted.id);
    expect((await test.core.quotas.status(other.id, other.plan)).daily).toMatchObject({ used: 2, remaining: 18 });
  });

  it('ends in one account when two platforms verify a new address at once', async () => {
    const email = somewhere();
    const chats = [someone(), someone({ platform: 'discord' }), someone({ platform: 'web' })];
    const codes: string[] = [];
    for (const chat of chats) codes.push(await ask(chat, email));
    const linked = await Promise.all(chats.map((chat, index) => accounts().verify(chat, codes[index] as string)));
    expect(new Set(linked.map(({ account }) => account.id)).size).toBe(1);
    expect(linked.filter(({ joined }) => !joined)).toHaveLength(1);
    expect(await test.core.database.prisma.account.count({ where: { email } })).toBe(1);
    expect(await accounts().identities(linked[0]?.account.id as string)).toHaveLength(3);
  });

  it('links once when a code is used fifty times at once', async () => {
    const [ana, email] = [someone(), somewhere()];
    const code = await ask(ana, email);
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => accounts().verify(ana, code)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await test.core.database.prisma.identity.count({ where: { platformUserId: ana.userId } })).toBe(1);
  });

  it('answers the same for a known and an unknown address', async () => {
    const known = somewhere();
    await join(someone(), known);
    const unknown = somewhere();
    const answers = [await accounts().requestLink(someone(), known), await accounts().requestLink(someone(), unknown)];
    expect(answers).toEqual([
      { email: known, minutes: 10 },
      { email: unknown, minutes: 10 },
    ]);
    const [first, second] = [await mail.latest(known, { count: 2 }), await mail.latest(unknown)];
    expect(first.text?.replaceAll(/\d{6}/g, '')).toBe(second.text?.replaceAll(/\d{6}/g, ''));
  });

  it('does not let the answer wait for a slow mail server', async () => {
    const email = somewhere();
    mail.hold();
    try {
      await accounts().requestLink(someone(), email);
      expect(mail.countTo(email)).toBe(0);
    } finally {
      mail.release();
    }
    expect(codeIn(await mail.latest(email))).toMatch(/^\d{6}$/);
  });

  it.each([
    ['  Ana.Smith+easel@Example.COM \n', 'ana.smith+easel@example.com'],
    ['BO@EXAMPLE.ORG', 'bo@example.org'],
  ])('reads %j as %s', async (typed, email) => {
    expect(await accounts().requestLink(someone(), typed)).toEqual({ email, minutes: 10 });
    expect((await mail.latest(email)).to).toEqual([{ address: email, name: '' }]);
  });

  it.each([
    '',
    'ana',
    'ana@',
    '@example.com',
    'ana@localhost',
    'ana@@example.com',
    'ana..b@example.com',
    'ana@example..com',
    'ana @example.com',
    'ana@example.com, bo@example.com',
    'Ana <ana@example.com>',
    'a@b.cc\r\nBcc: victim@example.com',
    'a@b.cc\nSubject: hello',
    'a@b.cc\0',
    'ana@exämple.com',
    'аna@example.com',
    'ana@例え.jp',
    '"ana bo"@example.com',
    'ana@[127.0.0.1]',
    `${'a'.repeat(250)}@example.com`,
    `ana@${'a'.repeat(300)}.com`,
    '\u202eana@example.com',
  ])('refuses %j as an address, and sends nothing', async (typed) => {
    const codes = () => test.core.database.prisma.emailCode.count();
    const before = await codes();
    await expect(accounts().requestLink(someone(), typed)).rejects.toMatchObject({ code: 'invalid_email' });
    expect(await codes()).toBe(before);
  });

  it('says so when the chat is linked to that very address, and moves it to another', async () => {
    const [ana, email, other] = [someone(), somewhere(), somewhere()];
    await join(ana, email);
    await expect(accounts().requestLink(ana, email.toUpperCase())).rejects.toMatchObject({ code: 'already_linked' });
    const moved = await join(ana, other);
    expect(moved.account.email).toBe(other);
    expect(await accounts().find('telegram', ana.userId)).toMatchObject({ email: other });
  });

  it('keeps the last way in, and takes off any other', async () => {
    const [ana, again, email] = [someone(), someone({ platform: 'discord' }), somewhere()];
    await join(ana, email);
    await expect(accounts().unlink('telegram', ana.userId)).rejects.toMatchObject({ code: 'last_identity' });
    await join(again, email);
    await accounts().unlink('telegram', ana.userId);
    expect(await accounts().find('telegram', ana.userId)).toBeNull();
    await expect(accounts().unlink('telegram', ana.userId)).rejects.toMatchObject({ code: 'not_linked' });
    await expect(accounts().unlink('discord', again.userId)).rejects.toMatchObject({ code: 'last_identity' });
  });

  it('keeps one way in when all chats of an account unlink at once', async () => {
    const email = somewhere();
    const chats = [someone(), someone({ platform: 'discord' }), someone({ platform: 'web' })];
    for (const chat of chats) await join(chat, email);
    const outcomes = await Promise.allSettled(chats.map(({ platform, userId }) => accounts().unlink(platform, userId)));
    expect(outcomes.map((each) => (each.status === 'fulfilled' ? 'unlinked' : each.reason.code)).sort()).toEqual([
      'last_identity',
      'unlinked',
      'unlinked',
    ]);
    const { id } = await test.core.database.prisma.account.findUniqueOrThrow({ where: { email } });
    expect(await accounts().identities(id)).toHaveLength(1);
  });

  it('is noticed by other processes at once', async () => {
    const other = await test.another();
    const ana = someone();
    expect(await other.accounts.find('telegram', ana.userId)).toBeNull();
    const { account } = await join(ana, somewhere());
    // Well within the seconds that an answer is remembered.
    await vi.waitFor(
      async () => expect(await other.accounts.find('telegram', ana.userId)).toMatchObject({ id: account.id }),
      { timeout: 2_000 },
    );
  });

  it('quotes a display name as one short line, in the account and in the alert', async () => {
    const email = somewhere();
    await join(someone(), email);
    const displayName = `Bo\r\n\r\nVisit https://evil.example now\u202e \ud83d<b>${'x'.repeat(500)}\0`;
    const { account } = await join(someone({ platform: 'discord', displayName }), email);
    const name = (await accounts().identities(account.id)).at(-1)?.displayName ?? '';
    expect(name).toMatch(/^Bo Visit https:\/\/evil\.example now <b>x+…$/);
    expect([...name]).toHaveLength(64);
    const alert = await mail.latest(email, { subject: alertMail });
    expect(alert.text?.split('\n')[0]).toContain(name);
    expect(alert.html).not.toContain('<b>x');
  });

  it('puts neither codes nor addresses into the log', () => {
    const log = test.logged.join('\n');
    for (const each of mail.mails) expect(log).not.toContain(each.to?.[0]?.address);
    for (const each of mail.mails.filter(({ subject }) => codeMail.test(subject ?? '')))
      expect(log).not.toContain(codeIn(each));
  });
});

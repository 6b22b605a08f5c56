import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCore, type TestCore } from '../../test/support/core.ts';
import { codeIn, type MailServer, startMailServer } from '../../test/support/mail-server.ts';
import { createPerson, createTestDispatch, type Person } from '../../test/support/person.ts';

describe.each(['en', 'es-ES'])('getting to know each other (%s)', (locale) => {
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

  const newcomer = (options: Parameters<typeof createPerson>[1] = {}) =>
    createPerson(createTestDispatch(test.core), { locale, ...options });
  const words = (key: string, values = {}) => test.core.words.html(locale, key, values);
  let addresses = 0;
  const somewhere = () => `person-${++addresses}@example.com`;
  const link = async (person: Person, email: string) => {
    const count = mail.countTo(email, /^\d{6}/) + 1;
    await person.type(`/link ${email}`);
    return person.type(`/verify ${codeIn(await mail.latest(email, { count, subject: /^\d{6}/ }))}`);
  };

  it('begins with three steps for a stranger, and with what is left for a member', async () => {
    const ana = newcomer();
    const hello = await ana.type('/start');
    expect(hello).toMatchObject({ html: words('chat.start_guest'), private: true });
    for (const step of ['/link ', '/verify 123456', '/imagine ']) expect(hello.text).toContain(step);
    const email = somewhere();
    await link(ana, email);
    expect((await ana.type('/start')).html).toBe(words('chat.start_member', { email, remaining: 20, max: 20 }));
  });

  it('lists every command with what it does', async () => {
    const help = await newcomer().type('/help');
    expect(help.private).toBe(true);
    const lines = help.text.split('\n').slice(1);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(
      [
        'imagine',
        'show',
        'queue',
        'cancel',
        'report',
        'quota',
        'premium',
        'billing',
        'link',
        'verify',
        'account',
        'unlink',
        'apikey',
        'start',
        'help',
      ].map((name) => `/${name}`),
    );
    for (const line of lines) expect(line).toMatch(/^\/\w+ – \p{Lu}.{8,}$/u);
  });

  it('links by a code from the mail', async () => {
    const [ana, email] = [newcomer(), somewhere()];
    const asked = await ana.type(`/link  ${email.toUpperCase()} `);
    expect(asked).toMatchObject({ html: words('chat.link_sent', { email, minutes: 10 }), private: true });
    expect(asked.text).toContain(email);
    const linked = await ana.type(`/verify ${codeIn(await mail.latest(email))}`);
    expect(linked).toMatchObject({
      html: words('chat.verified_new', { email, remaining: 20, max: 20 }),
      private: true,
    });
    expect((await ana.type(`/link ${email}`)).html).toBe(words('errors.already_linked', { email }));
  });

  it('joins another chat to the same account, and shows both', async () => {
    const [ana, again, email] = [newcomer(), newcomer({ platform: 'discord', displayName: '<b>Ana</b>' }), somewhere()];
    await link(ana, email);
    const joined = await link(again, email);
    expect(joined.html).toBe(words('chat.verified_joined', { email, remaining: 20, max: 20 }));
    const account = await again.type('/account');
    expect(account.private).toBe(true);
    expect(account.text).toContain(email);
    expect(account.text).toMatch(/Telegram \(Ana\).*\nDiscord \(<b>Ana<\/b>\)/);
  });

  it('takes a chat off, but not the last one', async () => {
    const [ana, again, email] = [newcomer(), newcomer({ platform: 'discord' }), somewhere()];
    expect((await ana.type('/unlink')).html).toBe(words('errors.not_linked'));
    await link(ana, email);
    expect((await ana.type('/unlink')).html).toBe(words('errors.last_identity'));
    await link(again, email);
    expect(await ana.type('/unlink')).toMatchObject({ html: words('chat.unlinked'), private: true });
    expect((await ana.type('/account')).html).toBe(words('errors.not_linked'));
    expect((await again.type('/account')).text).toContain(email);
  });

  it('counts wrong codes down to the last try', async () => {
    const [ana, email] = [newcomer(), somewhere()];
    expect((await ana.type('/verify 123456')).html).toBe(words('errors.code_missing'));
    await ana.type(`/link ${email}`);
    const wrong = codeIn(await mail.latest(email)) === '000000' ? '111111' : '000000';
    for (const count of [4, 3, 2, 1, 0])
      expect((await ana.type(`/verify ${wrong}`)).html).toBe(words('errors.code_wrong', { count }));
    expect((await ana.type(`/verify ${wrong}`)).html).toBe(words('errors.code_missing'));
  });

  it('sends no more than five codes an hour, and says when the next may come', async () => {
    const [ana, email] = [newcomer(), somewhere()];
    for (let sent = 0; sent < 5; sent++) await ana.type(`/link ${email}`);
    expect((await ana.type(`/link ${email}`)).html).toBe(words('errors.code_limit', { max: 5, minutes: 60 }));
  });

  it.each(['/account', '/imagine a fox', '/show', '/queue', '/cancel', '/quota'])(
    'tells a stranger who types %s how to link',
    async (line) => {
      const reply = await newcomer().type(line);
      expect(reply).toMatchObject({ html: words('errors.not_linked'), private: true });
      expect(reply.text).toContain('/link ');
    },
  );

  it.each(['/link', '/verify'])('shows a stranger who types %s alone what belongs there', async (line) => {
    const reply = await newcomer().type(line);
    expect(reply).toMatchObject({ private: true });
    expect(reply.text).toContain(test.core.words.plain(locale, `commands.${line.slice(1)}.example`));
  });
});

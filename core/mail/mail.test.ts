import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import PostalMime from 'postal-mime';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startTestCore, type TestCore } from '../../test/support/core.ts';
import { codeIn, type MailServer, startMailServer } from '../../test/support/mail-server.ts';

describe('mail', () => {
  let test: TestCore | null = null;
  let server: MailServer | null = null;
  afterEach(async () => {
    await test?.close();
    await server?.stop();
    test = server = null;
  });

  const link = (core: TestCore['core'], email: string, locale = 'en') =>
    core.accounts.requestLink({ platform: 'discord', userId: crypto.randomUUID(), displayName: 'Ana', locale }, email);
  const startWithSmtp = async () => {
    server = await startMailServer();
    test = await startTestCore({ environment: { SMTP_URL: server.url, MAIL_FROM: 'Easel <easel@example.com>' } });
    return { server, test };
  };

  it('carries the code in the subject and in both of its parts', async () => {
    const { test, server } = await startWithSmtp();
    await link(test.core, 'ana@example.com');
    const mail = await server.latest('ana@example.com');
    const code = codeIn(mail);
    expect(mail.subject).toBe(`${code} is your Easel code`);
    expect(mail.from).toEqual({ name: 'Easel', address: 'easel@example.com' });
    expect(mail.text).toContain('linking Discord');
    expect(mail.text).toContain(`/verify ${code}`);
    expect(mail.text).not.toMatch(/<\w|&\w+;|{{/);
    expect(mail.html).toContain('<html lang="en">');
    expect(mail.html).toContain(`<b>${code}</b>`);
    expect(mail.html?.replaceAll(/<[^>]*>/g, '')).toContain(`Type /verify ${code} in the chat within 10 minutes.`);
  });

  it('is written in the language of the chat', async () => {
    const { test, server } = await startWithSmtp();
    await link(test.core, 'ana@example.com', 'es-MX');
    const mail = await server.latest('ana@example.com');
    const values = { code: codeIn(mail), platform: 'Discord', minutes: 10 };
    expect(mail.subject).toBe(test.core.words.plain('es', 'mail.link_code.subject', values));
    expect(mail.text?.trim()).toBe(test.core.words.plain('es', 'mail.link_code.body', values));
    expect(mail.html).toContain('<html lang="es">');
  });

  it('lies in the outbox folder without SMTP, and the log names the file but never the code', async () => {
    test = await startTestCore();
    await link(test.core, 'ana@example.com');
    const folder = path.join(test.dataDir, 'outbox');
    const { logged } = test;
    const line = await vi.waitFor(() => {
      const found = logged.find((each) => each.includes(folder));
      if (!found) throw new Error('the log does not name the file');
      return JSON.parse(found) as { msg: string };
    });
    const [file = '', ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    expect(line.msg).toBe(`No SMTP_URL, so the mail was written to ${path.join(folder, file)}`);
    expect(statSync(path.join(folder, file)).mode & 0o777).toBe(0o600);
    const mail = await PostalMime.parse(readFileSync(path.join(folder, file)));
    expect(mail.to).toEqual([{ address: 'ana@example.com', name: '' }]);
    expect(mail.text).toContain(codeIn(mail));
    expect(logged.join('\n')).not.toContain(codeIn(mail));
    expect(logged.join('\n')).not.toContain('ana@example.com');
  });

  it('that cannot be sent is a line in the log that names the cure and not the address', async () => {
    const { test, server } = await startWithSmtp();
    server.refuse();
    expect(await link(test.core, 'ana@example.com')).toEqual({ email: 'ana@example.com', minutes: 10 });
    const line = await vi.waitFor(() => {
      const found = test.logged.find((each) => each.includes('could not be sent'));
      if (!found) throw new Error('nothing in the log');
      return JSON.parse(found) as { level: number; msg: string; err: string };
    });
    expect(line.level).toBe(50);
    expect(line.msg).toContain('SMTP_URL');
    expect(line.err).toContain('550');
    expect(JSON.stringify(line)).not.toContain('ana@example.com');
  });

  it('does not keep the answer waiting for a server that is not there', async () => {
    const { test, server } = await startWithSmtp();
    await server.stop();
    expect(await link(test.core, 'ana@example.com')).toEqual({ email: 'ana@example.com', minutes: 10 });
    await vi.waitFor(() => expect(test.logged.join('\n')).toMatch(/ECONNREFUSED.*SMTP_URL/));
  });

  it('that is on its way is handed over before the service ends', async () => {
    const { test: closing, server } = await startWithSmtp();
    server.hold();
    await link(closing.core, 'ana@example.com');
    const closed = closing.close();
    test = null;
    server.release();
    await closed;
    expect(server.countTo('ana@example.com')).toBe(1);
  });
});

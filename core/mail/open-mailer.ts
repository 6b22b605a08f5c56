import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { Log } from '../log.ts';
import type { Settings } from '../settings.ts';
import type { Mail, Mailer } from './mailer.ts';

/** SMTP when it is set, else a folder of `.eml` files; the only home of nodemailer. */
export function openMailer({
  settings,
  log,
}: {
  settings: Pick<Settings, 'smtp' | 'mailFrom' | 'dataDirectory'>;
  log: Log;
}): Mailer {
  return settings.smtp.on
    ? smtpMailer(settings.smtp.url, settings.mailFrom)
    : outboxMailer(join(settings.dataDirectory, 'outbox'), settings.mailFrom, log);
}

/** Connects to an SMTP server and signs in; sends nothing. Rejects when it would not take mail. */
export async function checkSmtp(url: string): Promise<void> {
  const transport = createTransport({ url, connectionTimeout: 10_000, greetingTimeout: 10_000 } as never);
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
}

function smtpMailer(url: string, from: string): Mailer {
  const transport = createTransport({ url, pool: true, connectionTimeout: 10_000, socketTimeout: 20_000 } as never);
  return {
    async send(mail) {
      await transport.sendMail({ from, ...mail });
    },
    close: () => transport.close(),
  };
}

/** Writes what would have been sent. The log names the file, never what is in it. */
function outboxMailer(directory: string, from: string, log: Log): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true });
  let sequence = 0;
  return {
    async send(mail: Mail) {
      const sent = await transport.sendMail({ from, ...mail });
      await mkdir(directory, { recursive: true });
      const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
      const file = join(directory, `${stamp}-${process.pid}-${++sequence}.eml`);
      // Renamed when whole, so that whoever watches the folder never reads half a message.
      await writeFile(`${file}.part`, sent.message as Buffer, { mode: 0o600 });
      await rename(`${file}.part`, file);
      log.info(`No SMTP_URL, so the mail was written to ${file}`);
    },
    close() {},
  };
}

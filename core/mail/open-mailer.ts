import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { Log } from '../log.ts';
import type { Settings } from '../settings.ts';
import { within } from '../within.ts';
import type { Mail, Mailer } from './mailer.ts';

/** SMTP when it is set, else a folder of `.eml` files; the only home of nodemailer. */
export function openMailer({
  settings,
  log,
}: {
  settings: Pick<Settings, 'smtp' | 'mailFrom' | 'dataDirectory'>;
  log: Log;
}): Mailer {
  const post = settings.smtp.on
    ? openSmtp(settings.smtp.url, settings.mailFrom)
    : openOutbox(join(settings.dataDirectory, 'outbox'), settings.mailFrom, log);
  const onTheWay = new Set<Promise<void>>();
  return {
    async send(mail) {
      const sending = post.send(mail);
      onTheWay.add(sending);
      await sending.finally(() => onTheWay.delete(sending));
    },
    async close() {
      // Somebody was told that these are coming.
      await within(farewellMs, Promise.allSettled(onTheWay), 'mails were still on their way').catch((error: Error) =>
        log.warn({ count: onTheWay.size }, error.message),
      );
      post.close();
    },
  };
}

const farewellMs = 5_000;
type Post = { send(mail: Mail): Promise<void>; close(): void };

/** Connects to an SMTP server and signs in; sends nothing. Rejects when it would not take mail. */
export async function checkSmtp(url: string): Promise<void> {
  const transport = createTransport({ url, connectionTimeout: 10_000, greetingTimeout: 10_000 } as never);
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
}

function openSmtp(url: string, from: string): Post {
  const transport = createTransport({ url, pool: true, connectionTimeout: 10_000, socketTimeout: 20_000 } as never);
  return {
    async send(mail) {
      await transport.sendMail({ from, ...mail });
    },
    close: () => transport.close(),
  };
}

/** Writes what would have been sent. The log names the file, never what is in it. */
function openOutbox(directory: string, from: string, log: Log): Post {
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

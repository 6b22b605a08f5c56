import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { vi } from 'vitest';

export type MailServer = {
  url: string;
  /** Everything that arrived, in order. */
  mails: readonly Email[];
  /** The latest mail to an address with such a subject, once there are `count` of them. */
  latest(address: string, options?: { count?: number; subject?: RegExp }): Promise<Email>;
  countTo(address: string, subject?: RegExp): number;
  /** From now on it takes connections but no mail, until `release`. */
  hold(): void;
  release(): void;
  /** From now on it refuses every recipient, repeating the address as real servers do. */
  refuse(): void;
  stop(): Promise<void>;
};

/** A real SMTP server on loopback; what arrives is parsed as a mail program would. */
export async function startMailServer(): Promise<MailServer> {
  const mails: Email[] = [];
  let gate = Promise.resolve();
  let open = () => {};
  let refusing = false;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onMailFrom: (_address, _session, done) => void gate.then(() => done()),
    onRcptTo: ({ address }, _session, done) =>
      done(refusing ? Object.assign(new Error(`No mailbox ${address} here`), { responseCode: 550 }) : null),
    onData: (stream, _session, done) =>
      void readAll(stream)
        .then((bytes) => PostalMime.parse(bytes))
        .then((mail) => {
          mails.push(mail);
          done();
        }, done),
  });
  // Connections that a test leaves open end with it.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const find = (address: string, subject: RegExp) =>
    mails.filter((mail) => mail.to?.[0]?.address === address && subject.test(mail.subject ?? ''));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    latest: (address, { count = 1, subject = /./ } = {}) =>
      vi.waitFor(
        () => {
          const mine = find(address, subject);
          const last = mine.at(-1);
          if (!last || mine.length < count) throw new Error(`${mine.length} of ${count} mails to ${address} came`);
          return last;
        },
        { timeout: 10_000, interval: 20 },
      ),
    countTo: (address, subject = /./) => find(address, subject).length,
    hold() {
      gate = new Promise((resolve) => {
        open = resolve;
      });
    },
    release: () => open(),
    refuse() {
      refusing = true;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The six digits in a mail's subject. */
export function codeIn(mail: Pick<Email, 'subject'>): string {
  const code = /\b\d{6}\b/.exec(mail.subject ?? '')?.[0];
  if (!code) throw new Error(`No code in the subject ${mail.subject}`);
  return code;
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

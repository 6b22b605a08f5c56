import { checkSmtp } from '../../core/mail/open-mailer.ts';
import type { Settings } from '../../core/settings.ts';
import { type Check, describeFault, fault, off, ok } from './check.ts';

/** Connects and signs in; sends nothing. */
export async function checkMail({ smtp, dataDirectory }: Settings): Promise<Check> {
  const name = 'Mail';
  if (!smtp.on) return off(name, `written to ${dataDirectory}/outbox; ${smtp.needs} sends it`);
  // Only the host: the address may hold a password.
  const { host } = new URL(smtp.url);
  try {
    await checkSmtp(smtp.url);
    return ok(name, `${host} takes mail`);
  } catch (error) {
    return fault(name, `${host}: ${describeFault(error)}`, 'Mend SMTP_URL: host, port, user and password');
  }
}

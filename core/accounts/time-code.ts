import { createHmac } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

const periodSeconds = 30;
/** Clocks of phones may be that many steps off. */
const window = 1;
const secretBytes = 20;

/** What an authenticator app needs: as text to type, and as the address that a QR code carries. */
export type Proposal = { secret: string; address: string };

/** Codes of authenticator apps: RFC 6238 as every app understands it, six digits each 30 seconds by SHA-1. */
export function createTimeCodes({ key, issuer }: { key: Uint8Array; issuer: string }) {
  /**
   * A secret for an app, the same for the same account and nonce: so it need not be kept before it is
   * confirmed, and looking at it twice, as phones do that reload a page, shows the same.
   */
  function propose({ id, email }: { id: string; email: string }, nonce: string): Proposal {
    const bytes = createHmac('sha256', key).update(`${id}:${nonce}`).digest().subarray(0, secretBytes);
    const totp = new TOTP({ issuer, label: email, secret: new Secret({ buffer: Uint8Array.from(bytes).buffer }) });
    return { secret: totp.secret.base32, address: totp.toString() };
  }

  /** The step of 30 seconds since 1970 that a code belongs to, if it is one of about now; else null. */
  function findStep(secret: string, code: string, now: Date): number | null {
    // The library compares bytes, and throws when six letters are not six of them.
    if (!/^\d{6}$/.test(code)) return null;
    const timestamp = now.getTime();
    const totp = { secret: Secret.fromBase32(secret), period: periodSeconds, timestamp };
    const delta = TOTP.validate({ ...totp, token: code, window });
    return delta === null ? null : TOTP.counter(totp) + delta;
  }

  return { propose, findStep };
}

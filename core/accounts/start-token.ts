import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Account, Accounts, ChatIdentity } from './accounts.ts';

/**
 * The one-time token in the address that `npm start` prints: whoever opens it is the first operator
 * in the web chat. It lives in this process only and works once.
 */
export function createStartToken({ accounts }: { accounts: Accounts }) {
  let pending: { hash: Buffer; email: string } | null = null;
  const digest = (token: string) => createHash('sha256').update(token).digest();

  return {
    /** Makes a token for the operator; an earlier one is void. */
    issueStartToken(email: string): string {
      const token = randomBytes(24).toString('base64url');
      pending = { hash: digest(token), email };
      return token;
    },
    /** Links this chat user to the operator's account, once; null for a used or wrong token. */
    async redeemStartToken({ token, ...identity }: ChatIdentity & { token: string }): Promise<Account | null> {
      if (!pending || !timingSafeEqual(pending.hash, digest(token))) return null;
      const { email } = pending;
      pending = null;
      return accounts.adopt(identity, email);
    },
  };
}

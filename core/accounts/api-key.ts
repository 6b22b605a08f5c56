import type { Account } from './accounts.ts';

/** What a key may do: `generate` spends quota, `read` looks, `manage` changes keys and endpoints. */
export const scopes = ['generate', 'read', 'manage'] as const;
export type Scope = (typeof scopes)[number];

/** An API key as people may see it: never the key itself. */
export type ApiKey = {
  id: string;
  accountId: string;
  name: string;
  /** The first characters of the key, `esl_live_ab12`. */
  prefix: string;
  lastFour: string;
  scopes: readonly Scope[];
  /** Images a UTC day that this key may use, within the account's own quota; null for no cap of its own. */
  dailyCap: number | null;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  createdAt: Date;
};

/** Whose request it is, and with which key it came. */
export type Caller = {
  account: Account;
  key: Pick<ApiKey, 'id' | 'accountId' | 'scopes' | 'dailyCap' | 'expiresAt' | 'revokedAt'>;
};

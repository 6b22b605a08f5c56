import { LRUCache } from 'lru-cache';
import { createBatch } from '../batch.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { type AccountVersions, rememberMs } from './account-versions.ts';
import type { Caller, Scope } from './api-key.ts';
import { joinPlan, memoryMs } from './effective-plan.ts';
import { type AccountRow, accountColumns, toAccount } from './look-up.ts';

/**
 * Whose key has this hash, asked at every request: remembered for a while under the version of its account, so that
 * a change holds at once everywhere. While Redis is away Postgres is asked each time.
 */
export function createKeyLookUp({
  database,
  versions,
  clock,
}: {
  database: Database;
  versions: AccountVersions;
  clock: Clock;
}) {
  const known = new LRUCache<string, { caller: Caller; version: string }>({ max: 20_000, ttl: rememberMs });
  /** Keys never change hands, so this may be remembered for ever. */
  const owners = new LRUCache<string, string>({ max: 100_000 });

  const read = createBatch<Buffer, Caller | null>(
    async (hashes) => {
      const rows = await database.run<Row>(select, [hashes, clock()]);
      const byEntry = new Map(rows.map((row) => [row.entry, row]));
      return hashes.map((_, index) => toCaller(byEntry.get(index + 1)));
    },
    { largest: 200, parallel: 2 },
  );

  /** The key and its account, whatever their standing; null when there is no such key. */
  return async function find(hash: Buffer): Promise<Caller | null> {
    const name = hash.toString('base64');
    const owner = owners.get(name);
    const version = owner ? await versions.read(owner).catch(nothing) : null;
    const held = known.get(name);
    if (held && held.version === version) return held.caller;
    const start = performance.now();
    const caller = await read(hash);
    if (!caller) return null;
    if (!owner) {
      owners.set(name, caller.account.id);
      await versions.begin(caller.account.id).catch(nothing);
    } else if (version === null) await versions.begin(owner).catch(nothing);
    else known.set(name, { caller, version }, { start, ttl: memoryMs(caller.account, clock(), spread(rememberMs)) });
    return caller;
  };
}

/** So that those asked for together are not all asked for again together. */
const spread = (ms: number) => ms * (0.5 + Math.random() / 2);
// While Redis is away nothing is remembered, and everything is asked of Postgres.
const nothing = () => null;

type Row = AccountRow & {
  entry: number;
  keyId: string;
  scopes: Scope[];
  dailyCap: number | null;
  expiresAt: Date | null;
  revokedAt: Date | null;
};

function toCaller(row: Row | undefined): Caller | null {
  if (!row) return null;
  const { keyId, scopes, dailyCap, expiresAt, revokedAt } = row;
  const account = toAccount(row);
  return { account, key: { id: keyId, accountId: account.id, scopes, dailyCap, expiresAt, revokedAt } };
}

const select = {
  name: 'api_key_look_up',
  text: `
    SELECT asked.entry::int, keys.id AS "keyId", scopes, daily_cap AS "dailyCap", expires_at AS "expiresAt",
      revoked_at AS "revokedAt", ${accountColumns}
    FROM unnest($1::bytea[]) WITH ORDINALITY AS asked(key_hash, entry)
    JOIN api_keys AS keys ON keys.key_hash = asked.key_hash
    JOIN accounts ON accounts.id = account_id ${joinPlan('$2')}`,
};

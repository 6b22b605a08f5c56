import { createHmac, createSecretKey, randomUUID } from 'node:crypto';
import { Prisma } from '@prisma/client';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import { generationIdOf } from '../generations/input.ts';
import type { Log } from '../log.ts';
import type { RedisClient } from '../redis.ts';
import { excerpt } from '../words/excerpt.ts';
import type { AccountVersions } from './account-versions.ts';
import type { ApiKey, Caller, Scope } from './api-key.ts';
import { networkOf } from './attempts.ts';
import { hideKeys, isWellFormed, makeKey, shownParts } from './key-format.ts';
import { createKeyLookUp } from './key-look-up.ts';
import { createKeyUsage } from './key-usage.ts';

/** Keys that an account may have at once. */
const keyLimit = 25;
/** Characters of a key's name. */
const keyNameLength = 64;
/** Bad keys that one network may send in a quarter of an hour before it is told to slow down. */
const badKeys = { points: 30, duration: 15 * 60 };

export type NewKey = {
  accountId: string;
  name: string;
  scopes: readonly Scope[];
  expiresAt: Date | null;
  /** Images a UTC day, null for no cap. */
  dailyCap: number | null;
  /** The caller's own id of this request: repeated, it is refused. */
  requestId?: string;
};

type Dependencies = {
  database: Database;
  redis: RedisClient;
  versions: AccountVersions;
  /** For the hashes of keys. */
  hashKey: Uint8Array;
  clock: Clock;
  log: Log;
};

/** The keys of the REST API. A key is shown once, to whoever makes it; only a keyed hash of it is kept. */
export function createApiKeys({ database, redis, versions, hashKey, clock, log }: Dependencies) {
  const { prisma } = database;
  const find = createKeyLookUp({ database, versions, clock });
  const usage = createKeyUsage({ database, clock, log });
  const badTries = new RateLimiterRedis({ storeClient: redis.client, keyPrefix: 'badkey', ...badKeys });
  // From raw bytes Node would make a key anew for each hash, for five times the price.
  const hashingKey = createSecretKey(hashKey);
  const hashOf = (text: string) => createHmac('sha256', hashingKey).update(text).digest();

  /**
   * Makes a key; `secret` is the key itself and cannot be had again.
   * Throws AppError `key_limit`, `key_made_before`, `invalid_input`.
   */
  async function create({
    accountId,
    name,
    scopes,
    expiresAt,
    dailyCap,
    requestId,
  }: NewKey): Promise<{ key: ApiKey; secret: string }> {
    const now = clock();
    if (expiresAt && expiresAt <= now) throw new AppError('invalid_input', { field: 'expires_at', allowed: '> now' });
    const secret = makeKey();
    const data = {
      id: requestId === undefined ? randomUUID() : generationIdOf('apikey', requestId),
      accountId,
      // Counted as the column does, in characters of Unicode.
      name: [...excerpt(name, keyNameLength)].slice(0, keyNameLength).join(''),
      keyHash: new Uint8Array(hashOf(secret)),
      ...shownParts(secret),
      scopes: [...new Set(scopes)],
      dailyCap,
      expiresAt,
      createdAt: now,
    };
    const row = await prisma.$transaction(
      async (tx) => {
        // Those made at the same moment must each see the others.
        await tx.$queryRaw`SELECT 1 FROM accounts WHERE id = ${accountId}::uuid FOR NO KEY UPDATE`;
        const made = await tx.apiKey.findUnique({ where: { id: data.id }, select: { name: true } });
        if (made) throw new AppError('key_made_before', made);
        if ((await tx.apiKey.count({ where: { accountId, revokedAt: null } })) >= keyLimit)
          throw new AppError('key_limit', { max: keyLimit });
        return tx.apiKey.create({ data, select: shown });
      },
      { isolationLevel: Prisma.TransactionIsolationLevel.ReadCommitted, maxWait: 10_000 },
    );
    return { key: toApiKey(row), secret };
  }

  /** An account's keys that were not revoked, newest first. */
  async function list(accountId: string): Promise<ApiKey[]> {
    await usage.flush();
    const rows = await prisma.apiKey.findMany({
      where: { accountId, revokedAt: null },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      select: shown,
    });
    return rows.map(toApiKey);
  }

  /**
   * The key that somebody means, by its name or its last characters; who only has the key itself may give that.
   * Throws AppError `key_unknown`, `key_ambiguous`.
   */
  async function pick(accountId: string, text: string): Promise<ApiKey> {
    const meant = text.trim();
    const keys = await list(accountId);
    const named = keys.filter(({ name }) => name.toLowerCase() === meant.toLowerCase());
    const isMeant = ({ id, prefix, lastFour }: ApiKey) =>
      meant === id || meant === lastFour || (meant.startsWith(prefix) && meant.endsWith(lastFour));
    const found = named.length ? named : keys.filter(isMeant);
    const name = excerpt(hideKeys(meant), keyNameLength);
    if (found.length > 1)
      throw new AppError('key_ambiguous', { name, near: found.map(({ lastFour }) => lastFour).join(', ') });
    if (!found[0]) throw new AppError('key_unknown', { name });
    return found[0];
  }

  /**
   * Ends a key for good. Once this resolves every process refuses it. Throws AppError `not_found` when
   * the account has no such key that is still in force.
   */
  async function revoke(accountId: string, id: string): Promise<void> {
    if (!z.uuid().safeParse(id).success) throw new AppError('not_found', { what: excerpt(id, 64) });
    const { count } = await prisma.apiKey.updateMany({
      where: { id, accountId, revokedAt: null },
      data: { revokedAt: clock() },
    });
    // Again when it was revoked before: whoever did so may have been cut off before everybody knew.
    await versions.renew([accountId]);
    if (!count) throw new AppError('not_found', { what: id });
  }

  /** Ends every key of an account for good; once this resolves every process refuses them. Answers how many ended. */
  async function revokeAll(accountId: string): Promise<number> {
    const { count } = await prisma.apiKey.updateMany({
      where: { accountId, revokedAt: null },
      data: { revokedAt: clock() },
    });
    await versions.renew([accountId]);
    return count;
  }

  /**
   * Whose key this is. Throws AppError `key_invalid`, `key_revoked`, `key_expired`, `account_suspended`, and
   * `too_many_attempts` to a network that sent too many bad ones.
   * @param address network address that the request came from
   */
  async function verify(text: string, address: string): Promise<Caller> {
    const caller = isWellFormed(text) ? await find(hashOf(text)) : null;
    if (!caller) throw await countBadTry(address);
    const { key, account } = caller;
    if (key.revokedAt) throw new AppError('key_revoked');
    if (key.expiresAt && key.expiresAt <= clock())
      throw new AppError('key_expired', { at: key.expiresAt.toISOString() });
    if (account.status !== 'active') throw new AppError('account_suspended');
    usage.note(key.id);
    return caller;
  }

  async function countBadTry(address: string): Promise<AppError> {
    try {
      await badTries.consume(networkOf(address));
    } catch (refusal) {
      // While Redis is away nobody is counted; the key is refused all the same.
      if (refusal instanceof RateLimiterRes)
        return new AppError('too_many_attempts', {
          count: Math.ceil(refusal.msBeforeNext / 60_000),
          seconds: Math.ceil(refusal.msBeforeNext / 1000),
        });
    }
    return new AppError('key_invalid');
  }

  /** Writes what is still to be written. */
  const close = () => usage.flush();

  return { create, list, pick, revoke, revokeAll, verify, close };
}

const shown = {
  id: true,
  accountId: true,
  name: true,
  prefix: true,
  lastFour: true,
  scopes: true,
  dailyCap: true,
  expiresAt: true,
  revokedAt: true,
  lastUsedAt: true,
  createdAt: true,
} as const;

function toApiKey(row: Omit<ApiKey, 'scopes'> & { scopes: string[] }): ApiKey {
  return { ...row, scopes: row.scopes as Scope[] };
}

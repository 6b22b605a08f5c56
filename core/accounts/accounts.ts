import { randomUUID } from 'node:crypto';
import { type Account as AccountRow, type AccountStatus, type Platform, Prisma } from '@prisma/client';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Log } from '../log.ts';
import type { createLetters } from '../mail/letters.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { Limits } from '../quotas/quotas.ts';
import { excerpt } from '../words/excerpt.ts';
import type { AccountVersions } from './account-versions.ts';
import { type Codes, codeMinutes } from './codes.ts';
import { toMember, withPlans } from './effective-plan.ts';
import { createLookUp } from './look-up.ts';

/** An account as the rest of Easel sees it, with its plan's limits. */
export type Account = Pick<AccountRow, 'id' | 'email' | 'role' | 'status' | 'planSlug' | 'locale'> & {
  /** When a plan that was paid or given runs out; null: no end is known. */
  planUntil: Date | null;
  plan: { slug: string; name: string; priority: number } & Limits;
};

/** A chat user. */
export type ChatIdentity = { platform: Platform; userId: string; displayName: string; locale: string };

export type Accounts = ReturnType<typeof createAccounts>;

type Dependencies = {
  database: Database;
  codes: Codes;
  mailer: Mailer;
  letters: ReturnType<typeof createLetters>;
  events: Events;
  versions: Pick<AccountVersions, 'renew'>;
  clock: Clock;
  log: Log;
};

/** Who people are: chat identities linked to accounts whose address was proved by a code. */
export function createAccounts({ database, codes, mailer, letters, events, versions, clock, log }: Dependencies) {
  const { prisma } = database;
  const { find, forget } = createLookUp({ database, events, clock });

  /** An account by its id. Throws AppError `not_found`. */
  async function get(id: string): Promise<Account> {
    const account = await prisma.account.findUnique({ where: { id }, include: withPlans });
    if (!account) throw new AppError('not_found');
    return toMember(account, clock());
  }

  /**
   * Mails a code that links this chat user to the account of an address. Answers the same, in the
   * same time, whether or not the address is known: the mail goes out in the background.
   */
  async function requestLink(identity: ChatIdentity, address: string): Promise<{ email: string; minutes: number }> {
    const email = readEmail(address);
    const current = await find(identity.platform, identity.userId);
    if (current?.email === email) throw new AppError('already_linked', { email });
    const code = await codes.issue(
      { purpose: 'link', platform: identity.platform, platformUserId: identity.userId },
      email,
    );
    const values = { code, platform: platformNames[identity.platform], minutes: codeMinutes };
    sendInBackground(letters.linkCode(email, identity.locale, values));
    return { email, minutes: codeMinutes };
  }

  /** Redeems the code; makes the account if the address is new, else joins it and tells its owner by mail. */
  async function verify(identity: ChatIdentity, code: string): Promise<{ account: Account; joined: boolean }> {
    const email = await codes.redeem(
      { purpose: 'link', platform: identity.platform, platformUserId: identity.userId },
      code,
    );
    return link(identity, email);
  }

  /** Links a chat user whose address is proved. The same person linking twice at once ends in one account. */
  async function link(identity: ChatIdentity, email: string): Promise<{ account: Account; joined: boolean }> {
    const fresh = { id: randomUUID(), email, locale: identity.locale, createdAt: clock() };
    // Not Prisma's upsert, which fails when two insert at once.
    await prisma.account.createMany({ data: [fresh], skipDuplicates: true });
    const account = await readByEmail(email);
    const joined = account.id !== fresh.id;
    await claimIdentity(identity, account.id);
    if (joined) sendInBackground(letters.linked(email, account.locale, { chat: nameChat(identity) }));
    await announce([]);
    return { account, joined };
  }

  /** Links without a letter, for whoever holds the start token. */
  async function adopt(identity: ChatIdentity, email: string): Promise<Account> {
    const account = await readByEmail(email);
    await claimIdentity(identity, account.id);
    await announce([]);
    return account;
  }

  async function readByEmail(email: string): Promise<Account> {
    return toMember(await prisma.account.findUniqueOrThrow({ where: { email }, include: withPlans }), clock());
  }

  async function claimIdentity({ platform, userId, displayName }: ChatIdentity, accountId: string): Promise<void> {
    const where = { platform_platformUserId: { platform, platformUserId: userId } };
    const current = { accountId, displayName: readName(displayName) };
    await prisma.identity.upsert({
      where,
      create: { id: randomUUID(), platform, platformUserId: userId, ...current, createdAt: clock() },
      update: current,
    });
  }

  /** Takes this chat user off its account, unless that would leave the account without a way in. */
  async function unlink(platform: Platform, userId: string): Promise<void> {
    await prisma.$transaction(
      async (tx) => {
        const identity = await tx.identity.findUnique({
          where: { platform_platformUserId: { platform, platformUserId: userId } },
        });
        if (!identity) throw new AppError('not_linked');
        // Two unlinking at once must not both see the other one left.
        await tx.$queryRaw`SELECT 1 FROM accounts WHERE id = ${identity.accountId}::uuid FOR UPDATE`;
        const [others, account] = await Promise.all([
          tx.identity.count({ where: { accountId: identity.accountId, id: { not: identity.id } } }),
          tx.account.findUniqueOrThrow({ where: { id: identity.accountId }, select: { passwordHash: true } }),
        ]);
        if (!others && !account.passwordHash) throw new AppError('last_identity');
        await tx.identity.deleteMany({ where: { id: identity.id, accountId: identity.accountId } });
      },
      { isolationLevel: Prisma.TransactionIsolationLevel.ReadCommitted },
    );
    await announce([]);
  }

  /** The chats that can use an account, oldest first. */
  async function identities(accountId: string) {
    return prisma.identity.findMany({
      where: { accountId },
      orderBy: { createdAt: 'asc' },
      select: { platform: true, displayName: true, createdAt: true },
    });
  }

  /** Suspends or restores an account; from the next request on, everywhere. Throws AppError `not_found`. */
  async function setStatus(id: string, status: AccountStatus): Promise<void> {
    const changed = await prisma.account.updateMany({ where: { id }, data: { status } });
    if (!changed.count) throw new AppError('not_found');
    await announce([id]);
  }

  /** Turns the message on or off that tells, in chat, that a new month of the plan has begun. Throws AppError `not_found`. */
  async function setMonthNotice(id: string, wanted: boolean): Promise<void> {
    const changed = await prisma.account.updateMany({ where: { id }, data: { monthNotice: wanted } });
    if (!changed.count) throw new AppError('not_found');
  }

  /**
   * To be called by whoever changed accounts, identities or plans: every process asks Postgres again.
   * @param accountIds whose standing or plan is another now: all, when left out; none, when only chats were linked
   */
  async function announce(accountIds?: readonly string[]): Promise<void> {
    forget();
    await Promise.all([events.publish('accounts', {}), versions.renew(accountIds)]);
  }

  function sendInBackground(mail: Parameters<Mailer['send']>[0]): void {
    mailer.send(mail).catch((error: Error) =>
      log.error(
        // Mail servers repeat the address in what they say.
        { err: error.message.replaceAll(mail.to, '…') },
        'a mail could not be sent; `npm run -s easel -- doctor` checks SMTP_URL',
      ),
    );
  }

  return { find, get, requestLink, verify, adopt, unlink, identities, setStatus, setMonthNotice, announce };
}

/** Names of platforms as people know them; no translation. */
export const platformNames: Record<Platform, string> = { discord: 'Discord', telegram: 'Telegram', web: 'web chat' };

function nameChat({ platform, displayName }: ChatIdentity): string {
  const name = readName(displayName);
  return name ? `${platformNames[platform]} (${name})` : platformNames[platform];
}

/** People choose these names themselves, and others read them in mails: one short line without tricks. */
function readName(text: string): string {
  return excerpt(text, 64);
}

function readEmail(text: string): string {
  const parsed = z.email().max(254).safeParse(text.trim().toLowerCase());
  if (!parsed.success) throw new AppError('invalid_email', { email: excerpt(text, 100) });
  return parsed.data;
}

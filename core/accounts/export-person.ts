import type { Prisma } from '@prisma/client';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';

const pageSize = 500;

/** A table of the export: one page of rows after the last one that was read. */
type Part = { name: string; read(after: string | bigint | null): Promise<readonly { id: string | bigint }[]> };

/** All that Easel keeps about a person, as one JSON document for them to have. */
export function createExportPerson({
  database: { prisma },
  clock,
}: {
  database: Pick<Database, 'prisma'>;
  clock: Clock;
}) {
  /**
   * The document in pieces of text, read page by page, so that years of pictures need no memory. Secrets and their
   * hashes are left out, and who among the operators did something. Throws AppError `not_found` before the first piece.
   */
  return async function exportPerson(accountId: string): Promise<AsyncGenerator<string>> {
    const account = await prisma.account.findUnique({ where: { id: accountId }, select: accountColumns });
    if (!account) throw new AppError('not_found');
    return write(account, partsOf(prisma, accountId), clock());
  };
}

async function* write(account: object, parts: readonly Part[], now: Date): AsyncGenerator<string> {
  yield `{\n"exported_at": ${toJson(now)},\n"account": ${toJson(account)}`;
  for (const { name, read } of parts) {
    yield `,\n${toJson(name)}: [`;
    let after: string | bigint | null = null;
    for (let first = true; ; first = false) {
      const rows: readonly { id: string | bigint }[] = await read(after);
      if (rows.length) yield `${first ? '\n' : ',\n'}${rows.map(toJson).join(',\n')}`;
      after = rows.at(-1)?.id ?? null;
      if (rows.length < pageSize) break;
    }
    yield ']';
  }
  yield '\n}\n';
}

function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? String(each) : each));
}

/** Every table that tells something about a person, oldest ids first. */
function partsOf(prisma: Prisma.TransactionClient, accountId: string): Part[] {
  const where = { accountId };
  const part = (name: string, table: Table, omit: Record<string, true> = {}): Part => ({
    name,
    read: (after) =>
      table.findMany({
        where,
        omit: { accountId: true, ...omit },
        orderBy: { id: 'asc' },
        take: pageSize,
        ...(after === null ? {} : { cursor: { id: after }, skip: 1 }),
      }),
  });
  const table = (one: unknown) => one as Table;
  return [
    part('chats', table(prisma.identity)),
    part('generations', table(prisma.generation), machinery),
    part('images', table(prisma.image), { storageKey: true, thumbnailKey: true }),
    part('uploaded_images', table(prisma.inputImage), { storageKey: true }),
    part('quota_ledger', table(prisma.quotaEntry)),
    part('subscriptions', table(prisma.subscription)),
    part('plans_given', table(prisma.planGrant)),
    part('purchases', table(prisma.purchase)),
    part('checkouts', table(prisma.checkout), { replyTo: true, url: true }),
    part('api_keys', table(prisma.apiKey), { keyHash: true }),
    part('webhook_addresses', table(prisma.webhookEndpoint), { sealedSecret: true }),
    part('messages', table(prisma.notice), { replyTo: true, lastError: true }),
    part('reports', table(prisma.report), { decidedBy: true }),
    webChat(prisma, accountId),
    part('done_by_operators', table(prisma.auditEntry), { actorId: true, actorName: true }),
  ];
}

/** Lines of the web chats that are linked, by who sits there. */
function webChat(prisma: Prisma.TransactionClient, accountId: string): Part {
  return {
    name: 'web_chat',
    async read(after) {
      const chats = await prisma.identity.findMany({ where: { accountId, platform: 'web' } });
      return prisma.webMessage.findMany({
        where: { visitorId: { in: chats.map(({ platformUserId }) => platformUserId) } },
        omit: { visitorId: true },
        orderBy: { id: 'asc' },
        take: pageSize,
        ...(after === null ? {} : { cursor: { id: String(after) }, skip: 1 }),
      });
    },
  };
}

/** What Prisma's tables have in common here; each has a type of its own. */
type Table = { findMany(query: object): Promise<readonly { id: string | bigint }[]> };

/** How a generation is worked on says nothing about a person. */
const machinery = {
  requestHash: true,
  operation: true,
  version: true,
  attempts: true,
  priority: true,
  leaseOwner: true,
  leaseUntil: true,
  replyTo: true,
} as const;

const accountColumns = {
  id: true,
  email: true,
  role: true,
  status: true,
  planSlug: true,
  entitledPlanSlug: true,
  entitledUntil: true,
  stripeCustomerId: true,
  monthNotice: true,
  locale: true,
  createdAt: true,
  updatedAt: true,
} as const;

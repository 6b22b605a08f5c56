import { randomUUID } from 'node:crypto';
import type { Prisma, WebMessage } from '@prisma/client';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Events } from '../events.ts';

export type MessageContent = Prisma.InputJsonObject;

/** The lines of the web chat. Every change is announced on `chat:<visitorId>` as {id}. */
export function createConversations({ database, events, clock }: { database: Database; events: Events; clock: Clock }) {
  const { prisma } = database;

  /** Adds a line; with an `id` that is there already, answers that one, so that a double send is one line. */
  async function append(message: {
    id?: string;
    visitorId: string;
    fromBot: boolean;
    content: MessageContent;
  }): Promise<WebMessage> {
    const now = clock();
    const id = message.id ?? randomUUID();
    const { visitorId, fromBot, content } = message;
    await prisma.webMessage.createMany({
      data: [{ id, visitorId, fromBot, content, createdAt: now, updatedAt: now }],
      skipDuplicates: true,
    });
    const row = await prisma.webMessage.findFirstOrThrow({ where: { id, visitorId } });
    await events.publish(`chat:${visitorId}`, { id });
    return row;
  }

  /** Replaces what a line says. Harmless when it is not there (any more). */
  async function update(visitorId: string, id: string, content: MessageContent): Promise<void> {
    const changed = await prisma.webMessage.updateMany({
      where: { id, visitorId },
      data: { content, updatedAt: clock() },
    });
    if (changed.count) await events.publish(`chat:${visitorId}`, { id });
  }

  async function get(visitorId: string, id: string): Promise<WebMessage | null> {
    const row = await prisma.webMessage.findFirst({ where: { id, visitorId } });
    return row && ((await withoutGone([row]))[0] ?? null);
  }

  /** The last `limit` lines, oldest first; `changedSince` leaves out what has not changed since. */
  async function list(visitorId: string, limit: number, changedSince?: Date): Promise<WebMessage[]> {
    const rows = await prisma.webMessage.findMany({
      where: { visitorId, ...(changedSince ? { updatedAt: { gte: changedSince } } : {}) },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit,
    });
    return withoutGone(rows.reverse());
  }

  /** Lines as they are shown: pictures that were deleted or hidden since are not in them any more. */
  async function withoutGone(rows: WebMessage[]): Promise<WebMessage[]> {
    const ids = rows.flatMap(({ content }) => imagesIn(content).map(({ id }) => id)).filter((id) => uuid.test(id));
    if (!ids.length) return rows;
    const found = await database.run<{ id: string }>(selectGone, [ids]);
    const gone = new Set(found.map(({ id }) => id));
    if (!gone.size) return rows;
    return rows.map((row) => {
      const images = imagesIn(row.content);
      if (!images.some(({ id }) => gone.has(id))) return row;
      return { ...row, content: { ...(row.content as object), images: images.filter(({ id }) => !gone.has(id)) } };
    });
  }

  /** Has open chats of an account show their lines with a picture as they are now. */
  async function refreshLines(accountId: string, imageId: string): Promise<void> {
    const rows = await database.run<{ id: string; visitorId: string }>(touchLines, [
      accountId,
      JSON.stringify([{ id: imageId }]),
      clock(),
    ]);
    for (const { id, visitorId } of rows) await events.publish(`chat:${visitorId}`, { id });
  }

  return { append, update, get, list, refreshLines };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The pictures in what a line says, as its surface wrote them. */
function imagesIn(content: unknown): { id: string }[] {
  const { images } = (content ?? {}) as { images?: unknown };
  return Array.isArray(images) ? images.filter((image) => typeof image?.id === 'string') : [];
}

const selectGone = {
  name: 'lines_gone',
  text: 'SELECT id FROM images WHERE id = ANY($1::uuid[]) AND (deleted_at IS NOT NULL OR hidden_at IS NOT NULL)',
};
const touchLines = {
  name: 'lines_touch',
  text: `UPDATE web_messages SET updated_at = $3
    WHERE visitor_id IN (SELECT platform_user_id FROM identities WHERE account_id = $1::uuid AND platform = 'web')
      AND content->'images' @> $2::jsonb
    RETURNING id, visitor_id AS "visitorId"`,
};

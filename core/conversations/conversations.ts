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
    return prisma.webMessage.findFirst({ where: { id, visitorId } });
  }

  /** The last `limit` lines, oldest first; `changedSince` leaves out what has not changed since. */
  async function list(visitorId: string, limit: number, changedSince?: Date): Promise<WebMessage[]> {
    const rows = await prisma.webMessage.findMany({
      where: { visitorId, ...(changedSince ? { updatedAt: { gte: changedSince } } : {}) },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit,
    });
    return rows.reverse();
  }

  return { append, update, get, list };
}

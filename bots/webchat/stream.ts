import type { Request, Response } from 'express';
import { z } from 'zod';
import type { ReplyTo } from '../../core/index.ts';
import type { Reply } from '../chat.ts';
import type { ChatCore } from './core.ts';
import { type BotContent, contentOfReply } from './lines.ts';
import type { Renderer } from './render.ts';
import { pseudonym } from './visitors.ts';

const heartbeatMs = 15_000;
/** Rows are read again from so long before the last one seen: what is written at the same time may be committed late. */
const overlapMs = 2_000;
const mostLines = 200;

/** News that only lives on the way: where a running generation stands. */
const progressSchema = z.object({
  progress: z.object({ lineId: z.string(), content: z.custom<BotContent>((value) => typeof value === 'object') }),
});

export type Stream = ReturnType<typeof createStream>;

/** Server-sent events: `line` for lines that are new or changed, `progress` for what a line says in the meantime. */
export function createStream({ core, render }: { core: ChatCore; render: Renderer }) {
  const open = new Set<() => void>();

  /** Sends events until either side ends it. `since` is where the reader's knowledge ends. */
  async function follow(
    request: Request,
    response: Response,
    { visitorId, locale }: { visitorId: string; locale: string },
  ): Promise<void> {
    response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    response.flushHeaders();
    const write = (text: string) => {
      if (!response.writableEnded) response.write(`${text}\n\n`);
    };
    write('retry: 1000');
    const send = (event: string, id: string | null, data: object) =>
      write(`event: ${event}\n${id ? `id: ${id}\n` : ''}data: ${JSON.stringify(data)}`);

    const catchUp = createCatchUp({
      core,
      visitorId,
      since: readSince(request),
      write: (row) => render.line(row, locale).markup,
      send: (row, html) => send('line', row.updatedAt.toISOString(), { id: row.id, html }),
    });
    const unsubscribe = await core.events.subscribe(channelOf(visitorId), (news) => {
      const progress = progressSchema.safeParse(news).data?.progress;
      if (!progress) return catchUp();
      send('progress', null, {
        id: progress.lineId,
        html: render.says(progress.lineId, progress.content, locale).markup,
      });
    });
    // News may be lost, the first of it while Redis still takes note of the subscription; the truth is in Postgres.
    const settling = setTimeout(catchUp, 1_000);
    const heartbeat = setInterval(() => {
      write(': still here');
      catchUp();
    }, heartbeatMs);
    const end = () => response.end();
    const release = () => {
      open.delete(end);
      clearTimeout(settling);
      clearInterval(heartbeat);
      unsubscribe();
    };
    open.add(end);
    response.once('close', release);
    if (response.destroyed) release();
    else catchUp();
  }

  /** Shows where things stand in a line, for those who look at it now. */
  async function showProgress(replyTo: ReplyTo, reply: Reply): Promise<void> {
    const { visitorId, lineId } = readReplyTo(replyTo);
    const content = { ...contentOfReply(reply), running: !reply.images?.length };
    await core.events.publish(channelOf(visitorId), { progress: { lineId, content } });
  }

  /** Ends every stream; browsers come back by themselves. */
  function close(): void {
    for (const end of open) end();
  }

  return { follow, showProgress, close };
}

/** Where an answer goes: `{platform: 'web', visitorId, lineId}`. */
export function readReplyTo(replyTo: ReplyTo): { visitorId: string; lineId: string } {
  return z.object({ visitorId: z.string(), lineId: z.uuid() }).parse(replyTo);
}

const channelOf = (visitorId: string) => `chat:${visitorId}`;

function readSince(request: Request): Date {
  const given = new Date(request.get('last-event-id') ?? String(request.query.since));
  return Number.isNaN(given.getTime()) ? new Date() : given;
}

type Row = Awaited<ReturnType<ChatCore['conversations']['list']>>[number];

type CatchUp = {
  core: ChatCore;
  visitorId: string;
  since: Date;
  write(row: Row): string;
  send(row: Row, html: string): void;
};

/** Sends what has changed since the last time, one look at a time. */
function createCatchUp({ core, visitorId, since, write, send }: CatchUp): () => void {
  let sent = new Map<string, string>();
  let from = since.getTime() - overlapMs;
  let looking = false;
  let again = false;

  async function look(): Promise<void> {
    const rows = await core.conversations.list(visitorId, mostLines, new Date(from));
    const now = new Map<string, string>();
    for (const row of rows) {
      const html = write(row);
      now.set(row.id, html);
      // Not by time: a line can change twice within a millisecond.
      if (sent.get(row.id) !== html) send(row, html);
      from = Math.max(from, row.updatedAt.getTime() - overlapMs);
    }
    sent = now;
  }

  return async function catchUp() {
    again = looking;
    if (looking) return;
    looking = true;
    try {
      await look();
    } catch (error) {
      const visitor = pseudonym(visitorId);
      core.log.warn({ err: (error as Error).message, visitor }, 'the web chat could not read its lines');
    }
    looking = false;
    if (again) return catchUp();
  };
}

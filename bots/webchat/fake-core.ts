import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Account, ReplyTo } from '../../core/index.ts';
import type { ChatCore } from './core.ts';

type Row = Awaited<ReturnType<ChatCore['conversations']['append']>>;

export type FakeCore = ChatCore & {
  /** Accounts by visitor. */
  accountsOf: Map<string, Account>;
  /** Tokens that still work. */
  tokens: Set<string>;
  /** Bytes of pictures: id → owner and content. */
  pictures: Map<string, { accountId: string; bytes: Buffer }>;
  /** How many streams of pictures are open now. */
  openStreams(): number;
};

export const sampleAccount = {
  id: '8a3c1a4e-6b1f-4c52-9a55-0d1f4c5f7a01',
  email: 'ada@example.com',
  role: 'member',
  status: 'active',
  planSlug: 'free',
  planUntil: null,
  locale: 'en',
} as Account;

/** The core as the web chat sees it, in memory; words are their keys. */
export function createFakeCore({
  publicUrl = 'http://localhost:3000',
  attachReply = async () => {},
}: {
  publicUrl?: string;
  attachReply?: (id: string, replyTo: ReplyTo) => Promise<void>;
} = {}): FakeCore {
  const listeners = new Map<string, Set<(news: unknown) => void>>();
  const publish: ChatCore['events']['publish'] = async (channel, news) => {
    for (const listen of listeners.get(channel) ?? []) listen(JSON.parse(JSON.stringify(news)));
  };
  const pictures: FakeCore['pictures'] = new Map();
  const accountsOf: FakeCore['accountsOf'] = new Map();
  const tokens: FakeCore['tokens'] = new Set();
  const streams = new Set<Readable>();

  function openPicture(id: string, accountId: string, range?: { start: number; end?: number }) {
    const picture = pictures.get(id);
    if (picture?.accountId !== accountId) return null;
    const stream = Readable.from([picture.bytes.subarray(range?.start ?? 0, (range?.end ?? picture.bytes.length) + 1)]);
    streams.add(stream);
    stream.once('close', () => streams.delete(stream));
    return {
      stream,
      size: picture.bytes.length,
      contentType: 'image/png',
      etag: `"${id}"`,
      fileName: 'fox.png',
    } as const;
  }

  return {
    accountsOf,
    tokens,
    pictures,
    openStreams: () => streams.size,
    settings: { publicUrl, replicate: { on: false, needs: 'REPLICATE_API_TOKEN' } },
    log: { warn: () => {}, error: () => {} },
    words: {
      html: (_locale, key) => key,
      plain: (_locale, key) => key,
      has: () => true,
      pick: (wanted) => (wanted?.startsWith('es') ? 'es' : 'en'),
    },
    secrets: { derive: (purpose) => new TextEncoder().encode(purpose.padEnd(32, '.')) },
    events: {
      publish,
      subscribe: async (channel, listen) => {
        listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listen));
        return () => listeners.get(channel)?.delete(listen);
      },
    },
    accounts: {
      find: async (_platform, visitorId) => accountsOf.get(visitorId) ?? null,
      redeemStartToken: async ({ token, userId }) => {
        if (!tokens.delete(token)) return null;
        const account = { ...sampleAccount, role: 'owner' } as Account;
        accountsOf.set(userId, account);
        return account;
      },
    },
    generations: { attachReply },
    conversations: createFakeConversations(publish),
    images: {
      open: async (id, accountId, range) => openPicture(id, accountId, range),
      thumbnail: async (id, accountId, range) => openPicture(id, accountId, range),
    },
  };
}

function createFakeConversations(publish: ChatCore['events']['publish']): ChatCore['conversations'] {
  const rows: Row[] = [];
  const find = (visitorId: string, id: string) => rows.find((row) => row.id === id && row.visitorId === visitorId);
  return {
    async append({ id = randomUUID(), visitorId, fromBot, content }) {
      const now = new Date();
      const row = find(visitorId, id) ?? {
        id,
        visitorId,
        fromBot,
        content: { ...content },
        createdAt: now,
        updatedAt: now,
      };
      if (!rows.includes(row as Row)) rows.push(row as Row);
      await publish(`chat:${visitorId}`, { id });
      return structuredClone(row) as Row;
    },
    async update(visitorId, id, content) {
      const row = find(visitorId, id);
      if (row) Object.assign(row, { content: { ...content }, updatedAt: new Date() });
      if (row) await publish(`chat:${visitorId}`, { id });
    },
    get: async (visitorId, id) => structuredClone(find(visitorId, id) ?? null),
    list: async (visitorId, limit, changedSince) =>
      structuredClone(
        rows
          .filter((row) => row.visitorId === visitorId && row.updatedAt >= (changedSince ?? new Date(0)))
          .slice(-limit),
      ),
  };
}

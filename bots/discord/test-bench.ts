import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { vi } from 'vitest';
import type { Core, ReplyTo, Values } from '../../core/index.ts';
import { type DiscordOptions, startDiscord } from '../../test/emulators/discord/index.ts';
import type { ReplyImage, Surface } from '../chat.ts';
import { createFakeDispatch } from '../fake-dispatch.ts';
import { createDiscord } from './index.ts';

/** Discord's pauses between two connections would be waited for in every test. */
const quickly: DiscordOptions = { identifyIntervalMs: 10 };

type Attach = (generationId: string, replyTo: ReplyTo) => Promise<void>;

/** The emulator with the surface connected to it, a server's channel, someone who asks and someone who looks on. */
export async function startBench({
  attachReply,
  dispatch = createFakeDispatch(),
  ...options
}: DiscordOptions & { attachReply?: Attach; dispatch?: ReturnType<typeof createFakeDispatch> } = {}) {
  const discord = await startDiscord({ ...quickly, ...options });
  const attached = new Map<string, ReplyTo>();
  const core = createFakeCore({
    token: discord.token,
    apiUrl: discord.apiUrl,
    publicKey: discord.publicKey,
    attachReply: attachReply ?? (async (id, replyTo) => void attached.set(id, JSON.parse(JSON.stringify(replyTo)))),
  });
  const surface: Surface = createDiscord({ core, dispatch });
  await surface.start();
  const channel = discord.guildChannel();
  const asker = discord.user({ username: 'ada' });
  const bystander = discord.user({ username: 'bob' });
  async function close(): Promise<void> {
    await surface.stop();
    await discord.close();
  }
  /** The kept address of an answer, as it comes back from Postgres. */
  const kept = (generationId: string) =>
    vi.waitFor(() => {
      const replyTo = attached.get(generationId);
      if (!replyTo) throw new Error('No address was kept');
      return replyTo;
    });
  return { discord, core, dispatch, surface, channel, asker, bystander, kept, close };
}

/** As much of the core as this surface uses. Words come out as their keys and values. */
export function createFakeCore({
  token = 'token',
  apiUrl = 'http://127.0.0.1:9/api',
  publicKey = null as string | null,
  attachReply = (async () => undefined) as Attach,
} = {}): Core {
  const lines: object[] = [];
  const log = Object.fromEntries(
    ['debug', 'info', 'warn', 'error'].map((level) => [level, (...line: unknown[]) => lines.push({ level, line })]),
  );
  const fake = {
    settings: { discord: { on: true, token, publicKey, apiUrl }, publicUrl: 'https://easel.example' },
    log: { ...log, lines },
    words: { html: writeHtml, plain: (locale: string, key: string) => `${key} (${locale})`, locales: ['en', 'es'] },
    generations: { attachReply },
    once: createFakeOnce(),
    servers: { name: async () => {} },
    claimTurn: async () => true,
  };
  // Why: a whole core needs Postgres and Redis, and nothing else of it is touched here.
  return fake as unknown as Core;
}

function createFakeOnce(): Core['once'] {
  const done = new Map<string, unknown>();
  return {
    async run<T>(key: string, work: () => Promise<T>) {
      if (!done.has(key)) done.set(key, await work());
      return { done: true, value: done.get(key) as T };
    },
  };
}

export function logLines(core: Core): { level: string; line: unknown[] }[] {
  return (core.log as unknown as { lines: { level: string; line: unknown[] }[] }).lines;
}

function writeHtml(_locale: string, key: string, values: Values = {}): string {
  const parts = Object.entries(values).map(([name, value]) => {
    if (value instanceof Date) return `<time datetime="${value.toISOString()}">then</time>`;
    return name === 'url' ? `<a href="${value}">link</a>` : String(value);
  });
  return [key, ...parts].join(' ');
}

/** A real PNG; with `bytes`, followed by as many bytes of nothing as make it that long. */
export async function makePicture(alt = 'A red fox', bytes = 0): Promise<ReplyImage> {
  const png = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#c83' } })
    .png()
    .toBuffer();
  const padded = Buffer.concat([png, Buffer.alloc(Math.max(0, bytes - png.length))]);
  return {
    id: randomUUID(),
    fileName: 'a red/fox.png',
    contentType: 'image/png',
    width: 16,
    height: 16,
    placeholder: '',
    alt,
    bytes: async () => padded,
  };
}

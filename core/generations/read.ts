import type { Generation, Image, Platform, Prisma } from '@prisma/client';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import type { Providers } from '../providers/index.ts';
import { excerpt } from '../words/excerpt.ts';
import { createFind } from './find.ts';
import { createLine } from './line.ts';
import { createPage } from './page.ts';

export type GenerationWithImages = Generation & { images: Image[] };

/** Where a waiting or running generation stands. */
export type Standing = {
  state: 'waiting' | 'running' | 'ended';
  /** 1 is next; null unless waiting. */
  position: number | null;
  /** Seconds until it is expected to be done, from how long this model really took lately. */
  etaSeconds: number | null;
  /** 0 … 1, null while unknown. */
  progress: number | null;
};

export type Reader = ReturnType<typeof createReader>;

/** Looking at generations. Everything asked for by a member is looked up within their account. */
export function createReader({
  database,
  providers,
  clock,
  slots,
}: {
  database: Database;
  providers: Providers;
  clock: Clock;
  slots: number;
}) {
  const { prisma } = database;
  const images = {
    where: { deletedAt: null, hiddenAt: null },
    orderBy: { index: 'asc' },
  } as const satisfies Prisma.Generation$imagesArgs;
  const line = createLine({ database, clock });
  const durations = new Map<string, { seconds: number; until: number }>();

  /** One generation by id or ref. Throws AppError `not_found`, also for other accounts' ones. */
  async function get(accountId: string, idOrRef: string): Promise<GenerationWithImages> {
    const name = idOrRef.trim().toLowerCase().replace(/^#/, '');
    const where = readName(name);
    const found =
      where &&
      ('id' in where
        ? await find(where.id)
        : await prisma.generation.findFirst({ where: { ...where, accountId }, include: { images } }));
    if (found?.accountId !== accountId) throw new AppError('not_found', { what: excerpt(idOrRef, 40) });
    return found;
  }

  /** One generation for the service's own use, whoever's it is. */
  const find = createFind({ database });

  /** The latest of an account, newest first; `unfinished` only those still to come, oldest first. */
  async function list(
    accountId: string,
    { unfinished = false, limit = 10 }: { unfinished?: boolean; limit?: number } = {},
  ): Promise<GenerationWithImages[]> {
    return prisma.generation.findMany({
      where: { accountId, ...(unfinished ? { finishedAt: null } : {}) },
      orderBy: [{ createdAt: unfinished ? 'asc' : 'desc' }, { id: unfinished ? 'asc' : 'desc' }],
      take: limit,
      include: { images },
    });
  }

  /** Unfinished ones whose answer goes to a platform, for sparse updates of their messages. */
  async function waitingOn(platform: Platform, limit: number): Promise<GenerationWithImages[]> {
    return prisma.generation.findMany({
      // What comes from a platform is answered there; by its source it is found without going through all that waits.
      where: { source: platform, finishedAt: null },
      orderBy: { createdAt: 'asc' },
      take: limit,
      include: { images },
    });
  }

  async function standing(generation: Generation): Promise<Standing> {
    if (generation.finishedAt) return { state: 'ended', position: null, etaSeconds: null, progress: 1 };
    const usual = await usualSeconds(generation.model);
    if (generation.state !== 'accepted' && generation.state !== 'queued') {
      const gone = (clock().getTime() - (generation.submittedAt ?? generation.createdAt).getTime()) / 1000;
      return {
        state: 'running',
        position: null,
        etaSeconds: Math.max(1, Math.ceil(usual - gone)),
        progress: generation.progress,
      };
    }
    const ahead = await line.readAhead(generation);
    return {
      state: 'waiting',
      position: ahead + 1,
      etaSeconds: Math.ceil(usual * (1 + Math.floor(ahead / slots))),
      progress: null,
    };
  }

  /** Mean of a model's last twenty, kept for ten seconds; its own estimate while there is no history. */
  async function usualSeconds(model: string): Promise<number> {
    const now = clock().getTime();
    const known = durations.get(model);
    if (known && known.until > now) return known.seconds;
    const [row] = await database.run<{ seconds: number | null }>(meanDuration, [model]);
    const seconds = row?.seconds ?? providers.findModel(model)?.typicalSeconds ?? 10;
    durations.set(model, { seconds, until: now + 10_000 });
    return seconds;
  }

  return { get, find, list, page: createPage({ database }), waitingOn, standing };
}

/** What cannot be a name is not looked for: Postgres refuses some of it. */
function readName(name: string): { id: string } | { ref: string } | null {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name)) return { id: name };
  return /^[0-9a-z]{8}$/.test(name) ? { ref: name } : null;
}

const meanDuration = {
  name: 'generation_duration',
  text: `SELECT avg(seconds)::float8 AS seconds FROM (
      SELECT extract(epoch FROM finished_at - submitted_at) AS seconds FROM generations
      WHERE model = $1 AND state = 'succeeded' AND finished_at > now() - interval '1 day' ORDER BY finished_at DESC LIMIT 20) AS latest`,
};

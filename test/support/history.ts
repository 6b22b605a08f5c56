import { randomUUID } from 'node:crypto';
import type { GenerationState } from '@prisma/client';
import type { Core } from '../../core/index.ts';

/** A generation as it might have been left behind; what has ended well has one picture. */
export type Past = {
  prompt?: string;
  style?: string;
  state?: GenerationState;
  createdAt: Date;
  favourite?: boolean;
  deleted?: boolean;
};

const ended: readonly GenerationState[] = ['succeeded', 'failed', 'cancelled', 'moderated'];

/** Adds an account's past without anything being drawn; the pictures have rows and no bytes. Answers the generations' ids. */
export async function addPast({ database }: Core, accountId: string, past: readonly Past[]): Promise<string[]> {
  const ids = past.map(() => randomUUID());
  await database.prisma.generation.createMany({
    data: past.map(({ prompt = 'a picture', style = null, state = 'succeeded', createdAt }, index) => {
      const id = ids[index] as string;
      return {
        id,
        ref: id.slice(0, 8),
        accountId,
        source: 'past',
        requestId: id,
        prompt,
        model: 'sandbox',
        style,
        aspectRatio: '1:1',
        count: 1,
        seed: 1,
        locale: 'en',
        priority: 100,
        state,
        provider: 'sandbox',
        operation: {},
        createdAt,
        submittedAt: state === 'accepted' || state === 'queued' ? null : createdAt,
        finishedAt: ended.includes(state) ? createdAt : null,
      };
    }),
  });
  await database.prisma.image.createMany({
    data: past.flatMap(({ state = 'succeeded', createdAt, favourite = false, deleted = false }, index) => {
      const id = ids[index] as string;
      if (state !== 'succeeded') return [];
      return {
        id,
        generationId: id,
        accountId,
        index: 0,
        storageKey: `past/${id}.webp`,
        thumbnailKey: `past/${id}-small.webp`,
        contentType: 'image/webp',
        bytes: 1,
        width: 1,
        height: 1,
        sha256: '0'.repeat(64),
        placeholder: '',
        createdAt,
        favourite,
        deletedAt: deleted ? createdAt : null,
      };
    }),
  });
  return ids;
}

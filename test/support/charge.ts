import type { Core } from '../../core/index.ts';
import { addPast } from './history.ts';

/** Pictures that succeeded and were paid for, one image each; `topUp` of them from the extra images. Answers their ids. */
export async function addCharged(
  core: Core,
  accountId: string,
  times: readonly Date[],
  { topUp = 0, prompt = 'a picture' }: { topUp?: number; prompt?: string } = {},
): Promise<string[]> {
  const ids = await addPast(
    core,
    accountId,
    times.map((createdAt) => ({ createdAt, prompt })),
  );
  for (const kind of ['reserve', 'commit'] as const)
    await core.database.prisma.quotaEntry.createMany({
      data: times.map((createdAt, index) => ({
        ...{ accountId, generationId: ids[index] as string, kind, images: 1, topUp: index < topUp ? 1 : 0 },
        ...{ day: new Date(createdAt.toISOString().slice(0, 10)), createdAt },
      })),
    });
  return ids;
}

import { describe, expect, it } from 'vitest';
import { createBatch } from './batch.ts';

describe('a batch', () => {
  /** Runs that wait to be let go, one gate each. */
  function gated() {
    const runs: { entries: number[]; finish(error?: Error): void }[] = [];
    const run = (entries: number[]) =>
      new Promise<string[]>((resolve, reject) => {
        runs.push({
          entries,
          finish: (error) => (error ? reject(error) : resolve(entries.map((entry) => `done ${entry}`))),
        });
      });
    return { runs, run };
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('takes together what comes in one turn, and answers each with its own', async () => {
    const { runs, run } = gated();
    const add = createBatch(run, { largest: 10, parallel: 1 });
    const answers = Promise.all([add(1), add(2), add(3)]);
    await turn();
    expect(runs.map(({ entries }) => entries)).toEqual([[1, 2, 3]]);
    runs[0]?.finish();
    expect(await answers).toEqual(['done 1', 'done 2', 'done 3']);
  });

  it('fills the next while the last is on its way, no larger and no more at once than told', async () => {
    const { runs, run } = gated();
    const add = createBatch(run, { largest: 2, parallel: 2 });
    const answers = Promise.all([1, 2, 3, 4, 5, 6, 7].map(add));
    await turn();
    expect(runs.map(({ entries }) => entries)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    runs[1]?.finish();
    await turn();
    expect(runs.slice(2).map(({ entries }) => entries)).toEqual([[5, 6]]);
    runs[0]?.finish();
    await turn();
    expect(runs.slice(3).map(({ entries }) => entries)).toEqual([[7]]);
    runs[2]?.finish();
    runs[3]?.finish();
    expect(await answers).toHaveLength(7);
  });

  it('starts again after it was idle', async () => {
    const add = createBatch(async (entries: number[]) => entries, { largest: 2, parallel: 1 });
    for (const entry of [1, 2, 3]) expect(await add(entry)).toBe(entry);
  });

  it('keeps its place for a millisecond an entry where told to, and lets more gather', async () => {
    const runs: number[][] = [];
    const add = createBatch(
      async (entries: number[]) => {
        runs.push(entries);
        return entries;
      },
      { largest: 100, parallel: 1, mostMs: 50 },
    );
    await Promise.all(Array.from({ length: 50 }, (_, entry) => add(entry)));
    // Each comes after the last was answered; all of them wait for the first batch's place.
    const later = Promise.all([100, 101].map(add));
    await turn();
    await add(102);
    await later;
    expect(runs).toEqual([Array.from({ length: 50 }, (_, entry) => entry), [100, 101, 102]]);
  });

  it('does not let one bad entry spoil the others', async () => {
    const tried: number[][] = [];
    const add = createBatch(
      async (entries: number[]) => {
        tried.push(entries);
        if (entries.includes(2)) throw new Error('two is bad');
        return entries;
      },
      { largest: 10, parallel: 1 },
    );
    const outcomes = await Promise.allSettled([1, 2, 3].map(add));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(tried).toEqual([[1, 2, 3], [1], [2], [3]]);
    expect(await add(4)).toBe(4);
  });

  it('tries them beside each other, so that many failing ones take no longer than one', async () => {
    const { runs, run } = gated();
    const add = createBatch(run, { largest: 100, parallel: 1 });
    const outcomes = Promise.allSettled(Array.from({ length: 50 }, (_, index) => add(index)));
    await turn();
    runs[0]?.finish(new Error('the server is away'));
    await turn();
    expect(runs).toHaveLength(51);
    for (const each of runs.slice(1)) each.finish(new Error('the server is away'));
    expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true);
  });
});

import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestRedis, type TestRedis } from '../../test/support/servers.ts';
import { createQueues, type NewJob } from './queue.ts';

describe('the queue', () => {
  let server: TestRedis;
  let logged: string[];
  const opened: ReturnType<typeof createQueues>[] = [];
  beforeEach(async () => {
    server = await startTestRedis();
    logged = [];
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
    await server.stop();
  });

  const open = () => {
    const log = pino({ level: 'debug' }, { write: (line) => void logged.push(line) });
    const queues = createQueues({ url: server.url, log });
    opened.push(queues);
    return queues;
  };
  const job = (id: string, options: Partial<NewJob> = {}): NewJob => ({
    name: 'generation',
    data: { id },
    key: id,
    ...options,
  });
  const uuid = () => crypto.randomUUID();
  const work = (queues: ReturnType<typeof open>, concurrency = 1) => {
    const done: string[] = [];
    queues.consume('generation', concurrency, async ({ id }) => void done.push(id));
    return done;
  };
  const failsAtOnce = async (work: Promise<unknown>) => {
    const started = performance.now();
    await expect(work).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(1_000);
  };

  it('hands a job to one worker, and ignores the same key while the first is there', async () => {
    const [queues, id, next] = [open(), uuid(), uuid()];
    await queues.add([job(id), job(id)]);
    await queues.add([job(id), job(next)]);
    const done = work(queues);
    const others = work(open());
    await vi.waitFor(() => expect([...done, ...others].sort()).toEqual([id, next].sort()));
  });

  it('lets lower numbers leave first, and keeps delayed ones', async () => {
    const [queues, slow, quick, late] = [open(), uuid(), uuid(), uuid()];
    await queues.add([
      job(late, { delayMs: 300, priority: 1 }),
      job(slow, { priority: 100 }),
      job(quick, { priority: 10 }),
    ]);
    const done = work(queues);
    await vi.waitFor(() => expect(done).toEqual([quick, slow, late]));
  });

  it('fails at once when Redis goes away, and works again when it is back', async () => {
    const [queues, id] = [open(), uuid()];
    const done = work(queues);
    await queues.add([job(id)]);
    await vi.waitFor(() => expect(done).toEqual([id]));
    await server.kill();
    await vi.waitFor(() => expect(logged.join('\n')).toContain('the queue lost Redis'));
    const lost = uuid();
    await failsAtOnce(queues.add([job(lost)]));
    await server.restart();
    const next = uuid();
    await vi.waitFor(() => queues.add([job(next)]), { timeout: 15_000, interval: 100 });
    await vi.waitFor(() => expect(done).toContain(next), { timeout: 15_000 });
    expect(done).not.toContain(lost);
  });

  it('fails at once also when Redis was never there', async () => {
    await server.kill();
    const queues = open();
    await failsAtOnce(queues.add([job(uuid())]));
    await server.restart();
    const [done, id] = [work(queues), uuid()];
    await vi.waitFor(() => queues.add([job(id)]), { timeout: 15_000, interval: 100 });
    await vi.waitFor(() => expect(done).toContain(id), { timeout: 15_000 });
  });

  it('goes on after a job that throws or carries nonsense, and logs which', async () => {
    const queues = open();
    const [bad, good] = [uuid(), uuid()];
    const done: string[] = [];
    queues.consume('generation', 1, async ({ id }) => {
      if (id === bad) throw new Error('this one is broken');
      done.push(id);
    });
    await queues.add([job(bad), job('no uuid'), job(good)]);
    await vi.waitFor(() => expect(done).toEqual([good]));
    expect(logged.filter((line) => line.includes('a job failed'))).toHaveLength(2);
    await queues.add([job(bad)]);
    await vi.waitFor(() => expect(logged.filter((line) => line.includes('this one is broken'))).toHaveLength(2));
  });

  it('waits for the job in hand when it is closed', async () => {
    const queues = open();
    let finish = () => {};
    let ended = false;
    const begun = new Promise<void>((begin) => {
      queues.consume('generation', 1, async () => {
        begin();
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        ended = true;
      });
    });
    await queues.add([job(uuid())]);
    await begun;
    const closing = queues.close();
    finish();
    await closing;
    expect(ended).toBe(true);
  });

  it('closes while Redis is away', async () => {
    const queues = open();
    work(queues);
    await queues.add([job(uuid())]);
    await server.kill();
    const started = performance.now();
    await queues.close();
    expect(performance.now() - started).toBeLessThan(5_000);
    opened.length = 0;
  });
});

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What a child process does when asked, by name. Inputs and answers are JSON. */
export type Tasks = Record<string, (input: never) => unknown>;

type Question = { id: number; name: string; input: unknown };
type Answer = { id: number; result?: unknown; error?: string };

/** In the child: does what the parent asks, until the parent goes. */
export function answerParent(tasks: Tasks): void {
  process.on('message', async ({ id, name, input }: Question) => {
    const answer: Answer = { id };
    try {
      answer.result = await tasks[name]?.(input as never);
    } catch (error) {
      answer.error = String((error as Error).stack);
    }
    process.send?.(answer);
  });
  process.on('disconnect', () => process.exit(0));
}

/** In the parent: starts the child and asks it. `T` is the type of the tasks it answers. */
export function startChild<T extends Tasks>(file: string, options: { nodeArguments?: string[] } = {}) {
  const child: ChildProcess = fork(file, { execArgv: options.nodeArguments ?? [], serialization: 'json' });
  const waiting = new Map<number, (answer: Answer) => void>();
  let asked = 0;
  child.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer));
  child.on('exit', (code) => {
    for (const [id, resolve] of waiting) resolve({ id, error: `${file} ended with ${code}` });
  });

  async function ask<N extends keyof T & string>(
    name: N,
    input: Parameters<T[N]>[0],
  ): Promise<Awaited<ReturnType<T[N]>>> {
    const id = ++asked;
    const answer = await new Promise<Answer>((resolve) => {
      waiting.set(id, resolve);
      child.send({ id, name, input } satisfies Question);
    });
    waiting.delete(id);
    if (answer.error) throw new Error(answer.error);
    return answer.result as Awaited<ReturnType<T[N]>>;
  }

  async function stop(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  }

  return { ask, stop, [Symbol.asyncDispose]: stop };
}

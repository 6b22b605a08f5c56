/** Wakes whoever waits for a change of the emulator's state. */
export type Signal = ReturnType<typeof createSignal>;

/** Makes a signal: `notify` after each change, `until` to await a state without polling. */
export function createSignal() {
  const waiting = new Set<() => void>();

  /**
   * Resolves with the first value that `look` returns other than undefined, looked at now and after each change.
   * Rejects after `timeout` milliseconds, or with whatever `look` throws.
   */
  function until<T>(
    look: () => T | undefined,
    options: { timeout: number; what: string | (() => string) },
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const what = typeof options.what === 'string' ? options.what : options.what();
        settle(() => reject(new Error(`${what} (waited ${options.timeout} ms)`)));
      }, options.timeout);
      const settle = (end: () => void) => {
        clearTimeout(timer);
        waiting.delete(check);
        end();
      };
      const check = () => {
        try {
          const found = look();
          if (found !== undefined) settle(() => resolve(found));
        } catch (error) {
          settle(() => reject(error));
        }
      };
      waiting.add(check);
      check();
    });
  }

  return {
    notify() {
      for (const check of [...waiting]) check();
    },
    until,
  };
}

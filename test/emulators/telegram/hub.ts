/** Lets tests wait for something to become true without polling: every change runs the waiting checks. */
export function createHub() {
  const checks = new Set<() => void>();
  return {
    /** To be called after every change people or the bot could see. */
    announce() {
      for (const check of [...checks]) check();
    },
    /** Waits until `find` gives something; fails after `timeout` ms with what `describe` says then. */
    waitFor<T>(find: () => T | undefined, timeout: number, describe: () => string): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      const timer = setTimeout(() => {
        checks.delete(check);
        reject(new Error(`nothing came in ${timeout} ms: ${describe()}`));
      }, timeout);
      function check() {
        const found = find();
        if (found === undefined) return;
        checks.delete(check);
        clearTimeout(timer);
        resolve(found);
      }
      checks.add(check);
      check();
      return promise;
    },
  };
}

/** What `createHub` makes. */
export type Hub = ReturnType<typeof createHub>;

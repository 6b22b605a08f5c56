import { randomInt } from 'node:crypto';
import { badRequest } from './errors.ts';
import type { CallbackAnswer } from './types.ts';

interface OpenPress {
  resolve: (answer: CallbackAnswer) => void;
  giveUp: () => void;
}

/** Button presses that wait for the bot's answer. A press is answered once, and only for `lifetime` ms. */
export function createCallbacks(lifetime: number) {
  const open = new Map<string, OpenPress>();

  function settle(id: string): OpenPress | undefined {
    const press = open.get(id);
    open.delete(id);
    return press;
  }

  return {
    add(): { id: string; answer: Promise<CallbackAnswer> } {
      const id = `${randomInt(1e9, 1e10)}${randomInt(1e8, 1e9)}`;
      const { promise, resolve, reject } = Promise.withResolvers<CallbackAnswer>();
      // A test that does not look at the answer must not fail for want of one.
      promise.catch(() => undefined);
      const giveUp = () => {
        clearTimeout(timer);
        settle(id);
        reject(new Error('the bot did not answer the button press in time'));
      };
      const timer = setTimeout(giveUp, lifetime);
      const finish = (answer: CallbackAnswer) => {
        clearTimeout(timer);
        resolve(answer);
      };
      open.set(id, { resolve: finish, giveUp });
      return { id, answer: promise };
    },
    /** Shows the bot's answer to the person; throws when it comes too late, or twice. */
    answer(id: string, answer: CallbackAnswer) {
      const press = settle(id);
      if (!press) throw badRequest('query is too old and response timeout expired or query ID is invalid');
      press.resolve(answer);
    },
    expireAll() {
      for (const press of [...open.values()]) press.giveUp();
    },
  };
}

/** What `createCallbacks` makes. */
export type Callbacks = ReturnType<typeof createCallbacks>;

import { conflict } from './errors.ts';
import type { Update } from './types.ts';

const DEFAULT_EXCLUDED = ['chat_member', 'message_reaction', 'message_reaction_count'];
const LONGEST_POLL_SECONDS = 50;

interface Poll {
  offset: number;
  limit: number;
  resolve: (updates: Update[]) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** Keeps updates until the bot confirms them, by offset or by answering its webhook. */
export function createUpdates() {
  const all: Update[] = [];
  let pending: Update[] = [];
  /** Updates to be sent once more although they may be confirmed. */
  let repeated: Update[] = [];
  let nextId = 731_000_000;
  let allowed: string[] = [];
  let poll: Poll | undefined;
  const listeners: (() => void)[] = [];

  function isAllowed(type: string): boolean {
    return allowed.length > 0 ? allowed.includes(type) : !DEFAULT_EXCLUDED.includes(type);
  }

  function wake() {
    for (const listener of listeners) listener();
    if (poll && (pending.length > 0 || repeated.length > 0)) {
      const { offset, limit, resolve } = endPoll();
      resolve(collect(offset, limit));
    }
  }

  function endPoll(): Poll {
    const ended = poll as Poll;
    clearTimeout(ended.timer);
    poll = undefined;
    return ended;
  }

  function collect(offset: number, limit: number): Update[] {
    if (offset < 0) pending = pending.slice(offset);
    if (offset > 0) pending = pending.filter((update) => update.update_id >= offset);
    const again = repeated.splice(0, limit);
    return [...again, ...pending].slice(0, limit);
  }

  return {
    all,
    add(type: string, payload: Record<string, unknown>) {
      if (!isAllowed(type)) return;
      const update: Update = { update_id: nextId, [type]: payload };
      nextId += 1;
      all.push(update);
      pending.push(update);
      wake();
    },
    repeat(update: Update) {
      repeated.push(update);
      wake();
    },
    /** Answers at once when there are updates, else after `timeout` seconds; a later call ends an earlier one with 409. */
    read(offset: number, limit: number, timeout: number): Promise<Update[]> {
      const ready = collect(offset, limit);
      if (ready.length > 0 || timeout === 0) return Promise.resolve(ready);
      if (poll) {
        const words = 'terminated by other getUpdates request; make sure that only one bot instance is running';
        endPoll().reject(conflict(words));
      }
      const { promise, resolve, reject } = Promise.withResolvers<Update[]>();
      const wait = Math.min(timeout, LONGEST_POLL_SECONDS) * 1000;
      const timer = setTimeout(() => endPoll().resolve([]), wait);
      poll = { offset, limit, resolve, reject, timer };
      return promise;
    },
    /** Ends a poll that waits, because a webhook takes over or the server closes. */
    interrupt(words: string) {
      if (poll) endPoll().reject(conflict(words));
    },
    allow(types: unknown) {
      if (Array.isArray(types)) allowed = types.filter((type) => typeof type === 'string');
    },
    allowedTypes: () => allowed,
    /** What a webhook has to deliver now, oldest first. */
    waiting: () => [...repeated, ...pending],
    confirm(update: Update) {
      const again = repeated.indexOf(update);
      if (again >= 0) repeated.splice(again, 1);
      else pending = pending.filter((other) => other !== update);
    },
    clear() {
      pending = [];
      repeated = [];
    },
    count: () => pending.length + repeated.length,
    onChange: (listener: () => void) => listeners.push(listener),
  };
}

/** What `createUpdates` makes. */
export type Updates = ReturnType<typeof createUpdates>;

import type { Core } from '../../core/index.ts';

/** The parts of the core that Telegram needs. */
export type TelegramCore = Pick<Core, 'settings' | 'log' | 'words' | 'secrets' | 'pace'> & {
  generations: Pick<Core['generations'], 'attachReply'>;
  /** Does a thing once per key over all processes; throws what `work` throws, and then is free again. */
  once: {
    run<T>(
      key: string,
      work: () => Promise<T>,
    ): Promise<{ done: true; value: T } | { done: false; retryAfterMs: number }>;
  };
};

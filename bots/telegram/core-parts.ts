import type { Core } from '../../core/index.ts';

/** The parts of the core that Telegram needs. */
export type TelegramCore = Pick<Core, 'settings' | 'log' | 'words' | 'secrets' | 'pace' | 'once'> & {
  generations: Pick<Core['generations'], 'attachReply'>;
};

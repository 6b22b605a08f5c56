import type { Core } from '../../core/index.ts';

/** What the web chat needs of the core. */
export type ChatCore = {
  settings: Pick<Core['settings'], 'publicUrl' | 'replicate'>;
  log: Pick<Core['log'], 'warn' | 'error'>;
  words: Pick<Core['words'], 'html' | 'plain' | 'has' | 'pick'>;
  events: Pick<Core['events'], 'publish' | 'subscribe'>;
  secrets: Core['secrets'];
  accounts: Pick<Core['accounts'], 'find' | 'redeemStartToken'>;
  generations: Pick<Core['generations'], 'attachReply'>;
  conversations: Core['conversations'];
  images: Pick<Core['images'], 'open' | 'thumbnail'>;
};

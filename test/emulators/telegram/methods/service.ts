import type { Callbacks } from '../callbacks.ts';
import type { FileStore } from '../files.ts';
import type { Limiter } from '../limits.ts';
import type { Parameters } from '../parameters.ts';
import type { Updates } from '../updates.ts';
import type { Webhook } from '../webhook.ts';
import type { World } from '../world.ts';
import type { CommandMenus } from './commands.ts';

/** Everything a method may need. */
export interface Service {
  world: World;
  files: FileStore;
  limiter: Limiter;
  updates: Updates;
  webhook: Webhook;
  callbacks: Callbacks;
  menus: CommandMenus;
  readsAllGroupMessages: boolean;
}

/** What a method answers; `description` stands beside the result for webhooks. */
export interface Answer {
  result: unknown;
  description?: string;
}

/** One method of the Bot API; throws ApiError to refuse. */
export type Method = (parameters: Parameters) => Answer | Promise<Answer>;

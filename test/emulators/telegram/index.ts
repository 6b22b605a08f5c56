import { createCallbacks } from './callbacks.ts';
import { createFaults } from './faults.ts';
import { createFileStore } from './files.ts';
import { createHub } from './hub.ts';
import { createLimiter, PUBLISHED_LIMITS } from './limits.ts';
import { createCommandMenus } from './methods/commands.ts';
import { createMethods } from './methods/index.ts';
import type { Method, Service } from './methods/service.ts';
import { createPeople } from './people.ts';
import { describeCall, runCall, startServer } from './server.ts';
import type { RecordedCall, TelegramEmulator, TelegramOptions, Violation } from './types.ts';
import { createUpdates } from './updates.ts';
import { createWebhook } from './webhook.ts';
import { createWorld } from './world.ts';

export type {
  ChatHandle,
  GroupHandle,
  PersonHandle,
  SeenMessage,
  TelegramEmulator,
  TelegramOptions,
} from './types.ts';

const DEFAULT_TOKEN = '7000000001:AAEmulatorTokenThatOpensNothingAtAll';
const CALLBACK_LIFETIME_MS = 15_000;
const RETRY_STEP_MS = 1000;

/**
 * Starts a stand-in for the Telegram Bot API on loopback. It checks, limits and refuses as the service
 * does, in the service's words, and lets tests act as the people in its chats.
 */
export async function startTelegram(options: TelegramOptions = {}): Promise<TelegramEmulator> {
  const { token = DEFAULT_TOKEN, username = 'easel_test_bot', hosts = {}, readsAllGroupMessages = false } = options;
  const bot = {
    id: Number(token.split(':')[0]),
    first_name: 'Easel',
    username,
  };
  const calls: RecordedCall[] = [];
  const violations: Violation[] = [];
  const methods = new Map<string, Method>();
  const hub = createHub();
  const world = createWorld(bot, hub);
  const record = (call: RecordedCall) => {
    calls.push(call);
    hub.announce();
  };
  const files = createFileStore(hosts);
  const updates = createUpdates();
  const callbacks = createCallbacks(options.callbackLifetime ?? CALLBACK_LIFETIME_MS);
  const limiter = createLimiter({ ...PUBLISHED_LIMITS, ...options.limits }, violations);
  const webhook = createWebhook({
    updates,
    hosts,
    allowHttp: options.allowHttpWebhooks ?? false,
    retryStep: options.webhookRetryStep ?? RETRY_STEP_MS,
    async call(method, content) {
      const call = describeCall(method, content, 'webhook reply');
      record(call);
      await runCall(methods, call, content);
    },
  });
  const menus = createCommandMenus();
  const service: Service = {
    world,
    files,
    limiter,
    updates,
    webhook,
    callbacks,
    menus,
    readsAllGroupMessages,
  };
  for (const [name, method] of createMethods(service)) methods.set(name, method);
  const faults = createFaults();
  const server = await startServer({
    token,
    port: options.port ?? 0,
    methods,
    files,
    faults,
    limiter,
    record,
  });
  const people = createPeople({
    world,
    files,
    updates,
    callbacks,
    hub,
    readsAllGroupMessages,
  });
  return {
    url: server.url,
    token,
    bot,
    calls,
    violations,
    updates: updates.all,
    waitForCalls(method, count = 1, { timeout = 5000 } = {}) {
      const made = () => calls.filter((call) => call.method === method);
      const find = () => (made().length >= count ? made() : undefined);
      return hub.waitFor(find, timeout, () => `the bot made ${made().length} calls of ${method}, not ${count}`);
    },
    user: people.person,
    privateChat: people.privateChat,
    group: people.group,
    failNext: faults.add,
    redeliver: updates.repeat,
    expireCallbacks: callbacks.expireAll,
    commands: (scope = { type: 'default' }, language = '') => menus.get(scope, language),
    async close() {
      webhook.remove();
      callbacks.expireAll();
      updates.interrupt('terminated by other getUpdates request');
      await server.close();
    },
  };
}

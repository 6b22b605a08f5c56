import type { IncomingMessage, ServerResponse } from 'node:http';
import { type APIInteraction, Client, Events, GatewayDispatchEvents, Options } from 'discord.js';
import type { Core } from '../../core/index.ts';
import type { Dispatch, Surface } from '../chat.ts';
import { createDiscordApi } from './api.ts';
import { createDelivery, progressEveryMs } from './deliver.ts';
import { describeFault, readFault } from './faults.ts';
import { createInteractionsHandler } from './http.ts';
import { createInteractions } from './interactions.ts';
import { createMessageEncoder } from './message.ts';
import { nameServers } from './name-servers.ts';
import { createNotify } from './notify.ts';
import { registerCommands } from './register-commands.ts';

/** `now` is in milliseconds since 1970. */
type Parts = { core: Core; dispatch: Dispatch; now?: () => number };

/**
 * Discord by its gateway: slash commands and buttons come in over one connection a shard, everything
 * goes out by REST. `start` registers the commands and throws an Error that names the cure when
 * Discord refuses the token.
 */
export function createDiscord({ core, dispatch, now = Date.now }: Parts): Surface {
  const { token, apiUrl } = readSettings(core);
  const api = createDiscordApi({ token, apiUrl });
  const encoder = createMessageEncoder({ core, dispatch });
  const interactions = createInteractions({ core, dispatch, api, encoder, now });
  const inHand = trackWork();
  const client = createGatewayClient(apiUrl);
  client.ws.on(GatewayDispatchEvents.InteractionCreate, (interaction: APIInteraction) =>
    inHand.add(interactions.answer(interaction)),
  );
  logTrouble(client, core);

  let naming: { stop(): void } | null = null;

  async function start(): Promise<void> {
    try {
      const applicationId = await api.readApplicationId();
      const changed = await registerCommands({ core, dispatch, api, applicationId });
      await client.login(token);
      naming = nameServers({ core, api });
      core.log.info({ applicationId, shards: client.ws.shards.size, commandsChanged: changed }, 'Discord is connected');
    } catch (error) {
      await client.destroy();
      throw explain(error);
    }
  }

  async function stop(): Promise<void> {
    naming?.stop();
    await client.destroy();
    await inHand.settle();
  }

  return {
    platform: 'discord',
    start,
    stop,
    ...createDelivery({ core, api, encoder, now }),
    notify: createNotify({ core, api, encoder, now }),
    progressEveryMs,
  };
}

/**
 * Discord by HTTP: the handler of `POST /webhooks/discord`, to be mounted before any body parser.
 * `stop` waits for the interactions in hand.
 */
export function createDiscordInteractions({ core, dispatch, now = Date.now }: Parts) {
  const { token, apiUrl, publicKey } = readSettings(core);
  if (!publicKey) throw new Error('The HTTP endpoint of Discord needs DISCORD_PUBLIC_KEY');
  const api = createDiscordApi({ token, apiUrl });
  const interactions = createInteractions({
    core,
    dispatch,
    api,
    encoder: createMessageEncoder({ core, dispatch }),
    now,
  });
  const inHand = trackWork();
  const receive = (interaction: APIInteraction) => inHand.add(interactions.answer(interaction));
  const handler: (request: IncomingMessage, response: ServerResponse) => Promise<void> = createInteractionsHandler({
    publicKey,
    now,
    receive,
  });
  return Object.assign(handler, { stop: inHand.settle });
}

function readSettings({ settings }: Pick<Core, 'settings'>) {
  if (!settings.discord.on) throw new Error(`Discord is off; it needs ${settings.discord.needs}`);
  return settings.discord;
}

/** Interactions carry all that is needed, so no events but theirs are asked for and nothing is kept in memory. */
function createGatewayClient(apiUrl: string): Client {
  return new Client({
    intents: 0,
    shards: 'auto',
    rest: { api: apiUrl, version: '10' },
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: 0,
      GuildMemberManager: 0,
      UserManager: { maxSize: 0, keepOverLimit: (user) => user.id === user.client.user.id },
    }),
  });
}

function logTrouble(client: Client, { log }: Pick<Core, 'log'>): void {
  client.on(Events.Error, (error) => log.warn({ reason: error.name }, 'Discord: trouble with the gateway'));
  client.on(Events.ShardError, (error, shard) =>
    log.warn({ shard, reason: error.name }, 'Discord: a connection broke, reconnecting'),
  );
  client.on(Events.ShardDisconnect, ({ code }, shard) =>
    log.error(
      { shard, closeCode: code },
      'Discord closed the connection for good; check DISCORD_TOKEN and start again',
    ),
  );
}

function explain(error: unknown): Error {
  const fault = readFault(error);
  const refused = fault.status === 401 || (error instanceof Error && 'code' in error && error.code === 'TokenInvalid');
  if (refused) {
    return new Error(
      'Discord does not accept DISCORD_TOKEN. Take the token of your bot from https://discord.com/developers/applications (Bot, Reset Token), put it into DISCORD_TOKEN and start again.',
    );
  }
  if (fault.status !== null) return new Error(`Discord could not be started: ${describeFault(fault)}`);
  return new Error(`Discord could not be started: ${error instanceof Error ? error.message : 'unknown trouble'}`);
}

function trackWork() {
  const inHand = new Set<Promise<void>>();
  return {
    add(work: Promise<void>): void {
      inHand.add(work);
      void work.finally(() => inHand.delete(work));
    },
    async settle(): Promise<void> {
      while (inHand.size > 0) await Promise.allSettled(inHand);
    },
  };
}

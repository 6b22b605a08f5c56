import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveFile } from './cdn.ts';
import { createGateway } from './gateway/server.ts';
import { createSignal } from './model/signal.ts';
import { createSnowflakes } from './model/snowflakes.ts';
import type { Clock, Interaction, State, Wire } from './model/state.ts';
import { createEndpoint } from './person/endpoint.ts';
import type { RecordedCall } from './rest/calls.ts';
import { createCalls } from './rest/calls.ts';
import { createFailures } from './rest/failures.ts';
import type { BucketLimit } from './rest/rate-limits.ts';
import { createRateLimits } from './rest/rate-limits.ts';
import type { BucketName } from './rest/route.ts';
import { applicationRoutes } from './rest/routes-application.ts';
import { channelRoutes } from './rest/routes-channels.ts';
import { interactionRoutes } from './rest/routes-interactions.ts';
import { createRest } from './rest/server.ts';
import { createWorld } from './world.ts';

export { ClientRefusal } from './person/command-input.ts';
export type { InteractionHandle } from './person/handle.ts';
export type { PersonHandle } from './person/person.ts';
export type { SeenMessage } from './person/seen.ts';
export type { RecordedCall } from './rest/calls.ts';
export type { ChannelHandle } from './world.ts';

export type DiscordOptions = {
  /** 0 (any free port) unless given. */
  port?: number;
  /** The bot's token; one is made up otherwise. */
  token?: string;
  clock?: Clock;
  botName?: string;
  /** How many guilds the bot is said to be in; beyond 2,500 a shard it must shard. */
  guildCount?: number;
  /** Whether members, presences and message content were granted. */
  privilegedIntents?: boolean;
  /** Discord's is 41,250 ms. */
  heartbeatMs?: number;
  /** Time between two IDENTIFYs; Discord's is 5,000 ms. Shorten it where a test starts several bots. */
  identifyIntervalMs?: number;
  sessionStarts?: number;
  rateLimits?: Partial<Record<BucketName, BucketLimit>>;
  globalPerSecond?: number;
  /** Refused requests in ten minutes before the address is shut out. */
  invalidLimit?: number;
  maxFileBytes?: number;
};

export type DiscordEmulator = Awaited<ReturnType<typeof startDiscord>>;

/**
 * Starts a stand-in for Discord on loopback: REST v10 under `apiUrl`, the gateway, the content network and
 * people who use the bot. It answers with Discord's errors, limits and timings, and refuses what Discord refuses.
 * Not emulated, and refused as such: components V2, polls, guild events of other intents, other commands than chat input.
 */
export async function startDiscord(options: DiscordOptions = {}) {
  const clock = options.clock ?? { now: () => Date.now() };
  const state = createState(clock, options.botName ?? 'Easel');
  const token = options.token ?? inventToken(state.applicationId);
  const maxFileBytes = options.maxFileBytes ?? 10 * 1024 * 1024;
  const calls = createCalls(clock);
  const limits = createRateLimits({
    limits: options.rateLimits ?? {},
    globalPerSecond: options.globalPerSecond ?? 50,
    invalidLimit: options.invalidLimit ?? 10_000,
  });
  const endpoint = createEndpoint({ state, calls, maxFileBytes, onAnswered: () => state.signal.notify() });
  const world = createWorld(state, deliver);
  const server = createServer();
  const gateway = createGateway({
    state,
    server,
    token,
    guildCount: options.guildCount ?? 1,
    privilegedIntents: options.privilegedIntents ?? false,
    heartbeatMs: options.heartbeatMs ?? 41_250,
    identifyIntervalMs: options.identifyIntervalMs ?? 5_000,
    sessionStarts: options.sessionStarts ?? 1_000,
  });
  const routes = [
    ...applicationRoutes(state, {
      publicKey: endpoint.publicKey,
      endpointUrl: endpoint.address,
      gateway: gateway.describe,
    }),
    ...interactionRoutes(state),
    ...channelRoutes(state, world.directChannel),
  ];
  const failures = createFailures(routes);
  const rest = createRest({
    token,
    routes,
    limits,
    failures,
    calls,
    maxFileBytes,
    onCall: () => state.signal.notify(),
  });

  server.on('request', (request, response) => {
    const url = new URL(request.url ?? '/', state.baseUrl);
    if (url.pathname.startsWith('/api/')) rest(request, response, url).catch((error) => response.destroy(error));
    else serveFile(state, url, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  state.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function deliver(interaction: Interaction, payload: Wire): void {
    if (endpoint.address() !== null) void endpoint.deliver(interaction, payload);
    else if (!gateway.dispatch('INTERACTION_CREATE', payload, interaction.channel.guildId)) {
      interaction.fault = 'no bot is connected';
      state.signal.notify();
    }
  }

  return {
    /** For `new Client({rest: {api}})` and `DISCORD_API_URL`. */
    apiUrl: `${state.baseUrl}/api`,
    token,
    applicationId: state.applicationId,
    /** The key that signs interactions sent to an endpoint, in hex. */
    publicKey: endpoint.publicKey,
    gateway,
    /** Every call of the bot, in order; bodies without files, no token. */
    calls: calls.all,
    /** Makes the next matching requests fail. */
    failNext: failures.add,
    /** How many 401, 403 and 429 the bot collected in ten minutes. */
    invalidRequests: limits.invalidRequests,
    /** Makes an interaction's token worthless now, as after fifteen minutes. */
    expireToken(interactionToken: string): void {
      const interaction = state.interactions.get(interactionToken);
      if (!interaction) throw new Error('No interaction has that token');
      interaction.expired = true;
    },
    /** Refuses every private chat that would be a new one, as Discord does after an untold number of them. */
    refuseNewDirectMessages(refuses: boolean): void {
      state.opensTooFast = refuses;
    },
    /** Sets or removes the address that interactions are posted to instead of going over the gateway. */
    setEndpoint: endpoint.set,
    /** Sends a PING with a bad signature to the endpoint; resolves with the status, which must be 401. */
    probeEndpoint: endpoint.probe,
    /** The commands as registered now. */
    commands: (): Wire[] => state.commands,
    /** Resolves when commands are registered. */
    registered: (timeout = 5_000): Promise<Wire[]> =>
      state.signal.until(() => (state.commands.length > 0 ? state.commands : undefined), {
        timeout,
        what: 'No commands were registered',
      }),
    /** Resolves with the first finished call that satisfies `predicate`, past or to come. */
    waitForCall: (predicate: (call: RecordedCall) => boolean, timeout = 5_000): Promise<RecordedCall> =>
      state.signal.until(() => calls.all.find(predicate), { timeout, what: 'No such call was made' }),
    user: world.user,
    guildChannel: world.guildChannel,
    async close(): Promise<void> {
      await gateway.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function createState(clock: Clock, botName: string): State {
  const newId = createSnowflakes(clock);
  return {
    applicationId: newId(),
    botName,
    baseUrl: 'http://127.0.0.1',
    guilds: [],
    people: new Map(),
    channels: new Map(),
    interactions: new Map(),
    commands: [],
    opensTooFast: false,
    uploads: new Map(),
    clock,
    signal: createSignal(),
    newId,
  };
}

/** A token of the shape of real ones: the bot's id, a timestamp and a signature. */
function inventToken(applicationId: string): string {
  const parts = [Buffer.from(applicationId), randomBytes(4), randomBytes(28)];
  return parts.map((part) => part.toString('base64url')).join('.');
}

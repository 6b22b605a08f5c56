import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import type { State, Wire } from '../model/state.ts';
import { botWire } from '../model/wire.ts';
import { Op } from './codes.ts';
import { serveConnection } from './connection.ts';
import type { Session } from './sessions.ts';
import { createSessions } from './sessions.ts';

export type GatewayOptions = {
  state: State;
  server: Server;
  token: string;
  guildCount: number;
  privilegedIntents: boolean;
  heartbeatMs: number;
  identifyIntervalMs: number;
  sessionStarts: number;
};

const SESSION_START_WINDOW_MS = 24 * 3600_000;
const GUILDS_PER_SHARD = 1_000;

/** The gateway on the emulator's own port: `/gateway` to begin a session and `/resume` to take one up again. */
export function createGateway(options: GatewayOptions) {
  const { state } = options;
  const sessions = createSessions();
  const sockets = new WebSocketServer({ noServer: true });
  let startedAt = Number.NEGATIVE_INFINITY;
  let startsLeft = options.sessionStarts;
  let acknowledges = true;

  /** One start at a time for the whole bot, as `max_concurrency: 1` says. */
  function mayStart(): boolean {
    if (startsLeft === 0 || Date.now() - startedAt < options.identifyIntervalMs) return false;
    startsLeft -= 1;
    startedAt = Date.now();
    return true;
  }

  function ready(session: Session): Wire {
    const { shard } = session.identity;
    const guilds = state.guilds.filter(({ id }) => Number((BigInt(id) >> 22n) % BigInt(shard[1])) === shard[0]);
    return {
      v: 10,
      user: { ...botWire(state), mfa_enabled: true, verified: true, email: null },
      guilds: guilds.map(({ id }) => ({ id, unavailable: true })),
      session_id: session.id,
      session_type: 'normal',
      resume_gateway_url: `${state.baseUrl.replace('http', 'ws')}/resume`,
      shard,
      application: { id: state.applicationId, flags: 0 },
      private_channels: [],
      relationships: [],
      user_settings: {},
      geo_ordered_rtc_regions: [],
      _trace: [],
    };
  }

  options.server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '', state.baseUrl);
    const known = ['/gateway', '/resume'].includes(url.pathname.replace(/\/$/, ''));
    const encoding = url.searchParams.get('encoding') ?? 'json';
    const compress = url.searchParams.get('compress');
    if (!known || encoding !== 'json' || (compress !== null && compress !== 'zlib-stream')) {
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      if ((url.searchParams.get('v') ?? '10') !== '10') return client.close(4012);
      serveConnection(client, compress !== null, {
        ...options,
        sessions,
        acknowledges: () => acknowledges,
        mayStart,
        ready,
        changed: state.signal.notify,
      });
    });
  });

  const connected = () => [...sessions.all.values()].filter((session) => session.send !== null);

  return {
    /** What `GET /gateway/bot` answers. */
    describe: (): Wire => ({
      url: `${state.baseUrl.replace('http', 'ws')}/gateway`,
      shards: Math.max(1, Math.ceil(options.guildCount / GUILDS_PER_SHARD)),
      session_start_limit: {
        total: 1_000,
        remaining: startsLeft,
        reset_after: SESSION_START_WINDOW_MS,
        max_concurrency: 1,
      },
    }),
    /** Sends an event to the sessions of a guild; false when the bot has none, as when it is off. */
    dispatch(event: string, data: Wire, guildId: string | null): boolean {
      const chosen = sessions.forGuild(guildId);
      for (const session of chosen) sessions.dispatch(session, event, data);
      return chosen.length > 0;
    },
    /** Resolves when a session has a live connection; the client may not have read its READY yet. */
    connected: (timeout = 5_000): Promise<void> =>
      state.signal
        .until(() => connected()[0], { timeout, what: 'No bot connected to the gateway' })
        .then(() => undefined),
    /** Resolves when no session has a live connection. */
    disconnected: (timeout = 5_000): Promise<void> =>
      state.signal
        .until(() => (connected().length === 0 ? true : undefined), { timeout, what: 'A bot stayed connected' })
        .then(() => undefined),
    /** Breaks every connection without a goodbye, or closes it with `code`; sessions can be resumed. */
    drop(code?: number): void {
      for (const socket of sockets.clients) code === undefined ? socket.terminate() : socket.close(code);
      for (const session of sessions.all.values()) session.send = null;
      state.signal.notify();
    },
    /** Asks every bot to reconnect and resume (op 7). */
    requestReconnect(): void {
      for (const session of connected()) session.send?.({ op: Op.reconnect, d: null });
    },
    /** Declares every session invalid (op 9); one that is not resumable is forgotten. */
    invalidateSessions(resumable: boolean): void {
      for (const session of connected()) {
        session.send?.({ op: Op.invalidSession, d: resumable });
        if (!resumable) sessions.end(session);
      }
    },
    /** Leaves heartbeats without an answer, or answers them again. */
    silenceHeartbeats(silent: boolean): void {
      acknowledges = !silent;
    },
    /** The ids of the sessions that are open, connected or waiting to be resumed. */
    sessionIds: (): string[] => [...sessions.all.keys()],
    async close(): Promise<void> {
      for (const socket of sockets.clients) socket.terminate();
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
    },
  };
}

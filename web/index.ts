import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import express, { type Express, type RequestHandler } from 'express';
import { type Core, SettingsError } from '../core/index.ts';
import { bodyLimitBytes, isTooLarge, limitBody } from './body-limit.ts';
import { refuseBadHttp } from './client-error.ts';
import { catchErrors, refuseUnknown } from './errors.ts';
import { createEventStreams } from './event-streams.ts';
import { serveHealth } from './health.ts';
import { identifyRequests } from './requests.ts';
import { secureHeaders } from './security.ts';

/** What the HTTP shell itself needs of the core; what is mounted brings its own. */
export type WebCore = {
  settings: Pick<Core['settings'], 'host' | 'port' | 'publicUrl' | 'publicUrlGiven' | 'trustProxy'>;
  log: Pick<Core['log'], 'debug' | 'error' | 'isLevelEnabled'>;
  words: Pick<Core['words'], 'html' | 'plain' | 'pick'>;
  health: Core['health'];
  generations: Pick<Core['generations'], 'receiveProviderWebhook'>;
};

/** Something that answers below a path. It parses bodies itself and throws AppErrors for the shell to show. */
export type Mount = { path: string; handler: RequestHandler };

export type Web = {
  /** Resolves when listening. Throws SettingsError when PORT or HOST can't be had. */
  start(): Promise<void>;
  /** Takes no new requests, ends event streams, waits for what is in hand. */
  stop(): Promise<void>;
  /** Where a browser on this machine, or at PUBLIC_URL, finds it. To be read once started. */
  readonly url: string;
};

/** What is in hand when stopping may take that long. */
const graceMs = 10_000;

/** Serves HTTP: the mounts in their order, health, providers' webhooks, and the one error boundary around them. */
export function createWeb({ core, mounts }: { core: WebCore; mounts: readonly Mount[] }): Web {
  const { settings } = core;
  const streams = createEventStreams();
  const app = createApp(core, mounts, streams.track);
  const server = createServer(app);
  // A client that asks before it sends a large body gets its answer before it has sent any of it.
  server.on('checkContinue', (request, response) => {
    if (!isTooLarge(request)) response.writeContinue();
    else response.setHeader('connection', 'close');
    app(request, response);
  });
  // Any other expectation may be ignored.
  server.on('checkExpectation', app);
  refuseBadHttp(server, core);

  async function stop(): Promise<void> {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    streams.end();
    // Whoever had something in hand would hold its connection open for the next request.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    await closed;
    clearInterval(sweep);
    clearTimeout(cut);
  }

  return {
    start: () => listen(server, settings),
    stop,
    get url() {
      if (settings.publicUrlGiven || settings.port !== 0) return settings.publicUrl;
      return `http://localhost:${(server.address() as AddressInfo).port}`;
    },
  };
}

function createApp(core: WebCore, mounts: readonly Mount[], trackStreams: RequestHandler): Express {
  const app = express();
  // What may be kept brings a tag of its own; a hash of every other answer would be for nobody.
  app.disable('x-powered-by').disable('etag');
  app.set('trust proxy', core.settings.trustProxy);
  app.use(identifyRequests(core), secureHeaders(core.settings), trackStreams, limitBody);
  // First what is asked for most.
  for (const { path, handler } of mounts) app.use(path, handler);
  app.use(serveHealth(core));
  app.post(
    '/webhooks/replicate',
    express.raw({ type: () => true, limit: bodyLimitBytes }),
    async (request, response) => {
      const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      await core.generations.receiveProviderWebhook({ headers: request.headers, rawBody });
      response.type('text').send('ok');
    },
  );
  app.use(
    '/assets',
    express.static(fileURLToPath(new URL('public', import.meta.url)), { index: false, redirect: false }),
  );
  app.use(refuseUnknown, catchErrors(core));
  return app;
}

function listen(server: Server, { host, port }: WebCore['settings']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen(port, host, resolve);
  });
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    return new SettingsError([`PORT: ${port} is in use by another program; choose another, as in PORT=${port + 1}`]);
  }
  if (error.code === 'EACCES')
    return new SettingsError([`PORT: ${port} needs rights that Easel lacks; choose one above 1023`]);
  if (error.code === 'EADDRNOTAVAIL') return new SettingsError([`HOST: ${host} is no address of this machine`]);
  return error;
}

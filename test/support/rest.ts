import { findFreePort } from '../../core/embedded/process.ts';
import { type Account, scopes as allScopes, type Core, type Scope } from '../../core/index.ts';
import { createWeb } from '../../web/index.ts';
import { createV1 } from '../../web/v1/index.ts';
import { makeMember, makePlan, startTestCore, type TestCore } from './core.ts';

/** An account with a key, and how it asks. */
export type Developer = {
  account: Account;
  key: string;
  /** Sends its key along; an object as `json` becomes the body, by POST unless said otherwise. */
  ask(path: string, options?: RequestInit & { json?: unknown }): Promise<Response>;
};

export type TestRest = TestCore & {
  url: string;
  /** Another account, on a plan of its own that allows much unless `limits` say otherwise. */
  developer(options?: { limits?: Parameters<typeof makePlan>[1]; scopes?: readonly Scope[] }): Promise<Developer>;
};

/** The REST API over real HTTP, on the real core with the sandbox, which begins to draw at once. */
export async function startTestRest({
  worker = true,
  environment = {},
  ...options
}: Parameters<typeof startTestCore>[0] & { worker?: boolean } = {}): Promise<TestRest> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const test = await startTestCore({
    ...options,
    environment: { PORT: String(port), PUBLIC_URL: url, ...environment },
  });
  const { core } = test;
  const web = createWeb({ core, mounts: [{ path: '/', handler: createV1({ core }) }] });
  await web.start();
  if (worker) core.startWorker();

  return {
    ...test,
    url,
    async developer({ limits = {}, scopes = allScopes } = {}) {
      const { account } = await makeMember(core, { plan: await makePlan(core, { perDay: 1000, ...limits }) });
      const key = await makeKey(core, account, scopes);
      return { account, key, ask: (path, given) => ask(url + path, key, given) };
    },
    async close() {
      await web.stop();
      await test.close();
    },
  };
}

async function makeKey(core: Core, { id }: Account, scopes: readonly Scope[]): Promise<string> {
  const made = { accountId: id, name: 'test', scopes, expiresAt: null, dailyCap: null };
  return (await core.apiKeys.create(made)).secret;
}

function ask(
  address: string,
  key: string,
  { json, headers, ...options }: RequestInit & { json?: unknown } = {},
): Promise<Response> {
  return fetch(address, {
    ...(json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }),
    ...options,
    headers: {
      authorization: `Bearer ${key}`,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  });
}

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import PostalMime from 'postal-mime';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';
import { loopbackReach, startReceiver, type WebhookReceiver } from '../../test/support/webhook-receiver.ts';
import type { Account } from '../accounts/accounts.ts';
import type { Core } from '../app.ts';
import { presentGeneration } from '../generations/present.ts';

const soon = { timeout: 15_000, interval: 20 };
const receivers: WebhookReceiver[] = [];
afterEach(async () => {
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
});

async function receiver(...answer: Parameters<typeof startReceiver>): Promise<WebhookReceiver> {
  const started = await startReceiver(...answer);
  receivers.push(started);
  return started;
}

const webhooks = { reach: loopbackReach, protocols: ['http:'], waitsMs: [40, 40, 40], timeoutMs: 1_000 };
let test: TestCore;
let core: Core;
beforeAll(async () => {
  test = await startTestCore({ webhooks });
  core = test.core;
  core.startWorker();
});
afterAll(() => test.close());

async function subscribe(url: string, events?: string[], on = core) {
  const { account } = await makeMember(on);
  const { endpoint, secret } = await on.webhooks.endpoints.create(account.id, { url, events });
  return { account, endpoint, secret };
}

function draw(account: Account) {
  return core.generations.request({
    account,
    source: 'web',
    requestId: crypto.randomUUID(),
    input: { prompt: 'a red fox in the snow' },
    locale: 'en',
    replyTo: null,
  });
}

const history = (account: Account, endpointId: string, on = core) =>
  on.webhooks.list(account.id, endpointId, { limit: 200 }).then(({ items }) => items);

/** The one delivery of an endpoint, once it has ended. */
const ended = (account: Account, endpointId: string, on = core) =>
  vi.waitFor(async () => {
    const [delivery] = await history(account, endpointId, on);
    expect(['delivered', 'abandoned']).toContain(delivery?.state);
    return delivery as NonNullable<typeof delivery>;
  }, soon);

describe('the end of a generation', () => {
  it('reaches a receiver that fails twice exactly at the third try, signed', async () => {
    const server = await receiver((_request, before) => (before < 2 ? 500 : 200));
    const { account, endpoint, secret } = await subscribe(server.url);
    const { id } = await draw(account);
    const delivery = await ended(account, endpoint.id);

    expect(delivery).toMatchObject({ state: 'delivered', type: 'generation.succeeded', attempts: 3 });
    expect(delivery.log.map(({ status, error }) => [status, error])).toEqual([
      [500, 'status'],
      [500, 'status'],
      [200, null],
    ]);
    expect(server.received).toHaveLength(3);
    expect(new Set(server.received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([delivery.eventId]));
    const generation = await core.generations.get(account.id, id);
    const presented = presentGeneration(generation, {
      words: core.words,
      publicUrl: core.settings.publicUrl,
      links: core.images.links,
    });
    for (const { body, headers } of server.received) {
      expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual({
        type: 'generation.succeeded',
        timestamp: generation.finishedAt?.toISOString(),
        data: JSON.parse(JSON.stringify(presented)),
      });
    }
  });

  it('goes only to enabled endpoints of the account that asked for it', async () => {
    const server = await receiver();
    const { account, endpoint } = await subscribe(server.url, ['generation.succeeded']);
    const { endpoints } = core.webhooks;
    const { endpoint: others } = await endpoints.create(account.id, { url: server.url, events: ['generation.failed'] });
    const { endpoint: disabled } = await endpoints.create(account.id, { url: server.url });
    await endpoints.update(account.id, disabled.id, { enabled: false });
    const stranger = await subscribe(server.url);
    await draw(account);
    await ended(account, endpoint.id);
    expect(await history(account, others.id)).toEqual([]);
    expect(await history(account, disabled.id)).toEqual([]);
    expect(await history(stranger.account, stranger.endpoint.id)).toEqual([]);
    expect(server.received).toHaveLength(1);
  });

  it('comes all the same when an endpoint is deleted at that very moment', async () => {
    const server = await receiver();
    const { account, endpoint } = await subscribe(server.url);
    const deleting = await core.database.pool.connect();
    await deleting.query('BEGIN');
    await deleting.query('DELETE FROM webhook_endpoints WHERE id = $1', [endpoint.id]);
    const { id } = await draw(account);
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await vi.waitFor(async () => expect((await core.database.pool.query(waiting)).rowCount).toBe(1), soon);
    await deleting.query('COMMIT');
    deleting.release();
    await vi.waitFor(async () => expect((await core.generations.get(account.id, id)).state).toBe('succeeded'), soon);
    expect(server.received).toEqual([]);
  });
});

describe('a crash', () => {
  it('between sending and writing it down leads to the same event again', async () => {
    const crashed = await startTestCore({ webhooks });
    try {
      const server = await receiver();
      const dying = crashed.core;
      const run = dying.database.run.bind(dying.database);
      let dead = false;
      dying.database.run = ((statement: { name: string; text: string }, values: unknown[]) => {
        dead ||= statement.name === 'webhook_try';
        return dead ? Promise.reject(new Error('the process is gone')) : run(statement, values);
      }) as typeof run;
      dying.startWorker();
      const { account, endpoint } = await subscribe(server.url, undefined, dying);
      await dying.webhooks.ping(account.id, endpoint.id);
      await vi.waitFor(() => expect(dead).toBe(true), soon);
      expect(server.received).toHaveLength(1);

      const next = await crashed.another();
      next.startWorker();
      const delivery = await ended(account, endpoint.id, next);
      expect(delivery).toMatchObject({ state: 'delivered', attempts: 2 });
      expect(server.received.map(({ headers }) => headers['webhook-id'])).toEqual([delivery.eventId, delivery.eventId]);
    } finally {
      await crashed.close();
    }
  });

  it('of Redis loses no event', async () => {
    const server = await receiver();
    const { account, endpoint } = await subscribe(server.url);
    await core.webhooks.ping(account.id, endpoint.id);
    await test.redisClient.flushall();
    expect(await ended(account, endpoint.id)).toMatchObject({ state: 'delivered' });
  });
});

describe('a try', () => {
  const attempt = async (answer: Parameters<typeof startReceiver>[0]) => {
    const server = await receiver(answer);
    const { account, endpoint } = await subscribe(server.url);
    await core.webhooks.ping(account.id, endpoint.id);
    const { log, state } = await ended(account, endpoint.id);
    return { server, account, endpoint, state, tries: log.map(({ status, error }) => ({ status, error })) };
  };

  it('follows no redirect', async () => {
    const elsewhere = await receiver();
    const { state, tries } = await attempt(() => ({ status: 307, headers: { location: elsewhere.url } }));
    expect({ state, tries }).toEqual({
      state: 'abandoned',
      tries: Array(4).fill({ status: 307, error: 'redirected' }),
    });
    expect(elsewhere.received).toEqual([]);
  });

  it('waits for an answer only so long', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { tries } = await attempt(async (_request, before) => {
      if (before === 0) await held;
      return 200;
    });
    release();
    expect(tries).toEqual([
      { status: null, error: 'timed_out' },
      { status: 200, error: null },
    ]);
  });

  it('comes later when the receiver asks for it, and not more often', async () => {
    const begun = Date.now();
    const { tries } = await attempt((_request, before) => ({
      status: 429,
      headers: before === 0 ? { 'retry-after': '1' } : { 'retry-after': '0' },
    }));
    expect(tries).toEqual(Array(4).fill({ status: 429, error: 'status' }));
    expect(Date.now() - begun).toBeGreaterThanOrEqual(1_000);
  });

  it('says that nobody was there', async () => {
    const server = await receiver();
    const { account, endpoint } = await subscribe(server.url);
    await server.close();
    await core.webhooks.ping(account.id, endpoint.id);
    const { state, log } = await ended(account, endpoint.id);
    expect(state).toBe('abandoned');
    expect(log.map(({ error }) => error)).toEqual(Array(4).fill('connection_refused'));
  });

  it('answered 410 is the last: the endpoint is disabled, and its owner told', async () => {
    const { account, endpoint, server, state } = await attempt(() => 410);
    expect(state).toBe('abandoned');
    expect(server.received).toHaveLength(1);
    await vi.waitFor(async () => {
      expect((await core.webhooks.endpoints.get(account.id, endpoint.id)).disabledAt).not.toBeNull();
      expect(await mailsTo(account.email)).toEqual([expect.stringContaining('410')]);
    }, soon);
    await expect(core.webhooks.ping(account.id, endpoint.id)).rejects.toMatchObject({ code: 'endpoint_disabled' });
  });
});

describe('an endpoint that fails for days', () => {
  it('is disabled at the first event given up after the third, and its owner told once', async () => {
    let now = new Date('2027-03-01T12:00:00Z');
    const clocked = await startTestCore({ clock: () => now, webhooks });
    try {
      clocked.core.startWorker();
      const server = await receiver(() => 503);
      const { account, endpoint } = await subscribe(server.url, undefined, clocked.core);
      const giveUp = async () => {
        const { id } = await clocked.core.webhooks.ping(account.id, endpoint.id);
        return vi.waitFor(async () => {
          now = new Date(now.getTime() + 100);
          const found = (await history(account, endpoint.id, clocked.core)).find((each) => each.id === id);
          expect(found?.state).toBe('abandoned');
        }, soon);
      };
      const disabled = async () =>
        (await clocked.core.webhooks.endpoints.get(account.id, endpoint.id)).disabledAt !== null;
      await giveUp();
      now = new Date(now.getTime() + 71 * 3_600_000);
      await giveUp();
      expect(await disabled()).toBe(false);
      now = new Date(now.getTime() + 2 * 3_600_000);
      await giveUp();
      await vi.waitFor(async () => expect(await disabled()).toBe(true), soon);
      await vi.waitFor(
        async () => expect(await mailsTo(account.email, clocked)).toEqual([expect.stringContaining('3 days')]),
        soon,
      );
    } finally {
      await clocked.close();
    }
  });
});

describe('sending again', () => {
  it('repeats a past event under its own id', async () => {
    let healthy = false;
    const server = await receiver(() => (healthy ? 200 : 500));
    const { account, endpoint } = await subscribe(server.url);
    await core.webhooks.ping(account.id, endpoint.id);
    const lost = await ended(account, endpoint.id);
    expect(lost.state).toBe('abandoned');
    healthy = true;
    await core.webhooks.replay(account.id, endpoint.id, lost.id);
    const found = await vi.waitFor(async () => {
      const delivery = await ended(account, endpoint.id);
      expect(delivery.state).toBe('delivered');
      return delivery;
    }, soon);
    expect(found).toMatchObject({ id: lost.id, eventId: lost.eventId, attempts: 1 });
    expect(found.log).toHaveLength(5);
    expect(new Set(server.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('is for the owner alone', async () => {
    const server = await receiver();
    const { account, endpoint } = await subscribe(server.url);
    await core.webhooks.ping(account.id, endpoint.id);
    const { id } = await ended(account, endpoint.id);
    const { account: stranger } = await makeMember(core);
    const missing = { code: 'not_found' };
    await expect(core.webhooks.replay(stranger.id, endpoint.id, id)).rejects.toMatchObject(missing);
    await expect(history(stranger, endpoint.id)).rejects.toMatchObject(missing);
    const another = await subscribe(server.url);
    await expect(core.webhooks.replay(another.account.id, another.endpoint.id, id)).rejects.toMatchObject(missing);
  });
});

describe('a slow receiver', () => {
  it('holds up nobody but itself: 100 events to it and 100 to a fast one', async () => {
    const slow = await receiver(() => new Promise((resolve) => setTimeout(() => resolve(200), 100)));
    const fast = await receiver();
    const { account, endpoint: slowOne } = await subscribe(slow.url);
    const { endpoint: fastOne } = await core.webhooks.endpoints.create(account.id, { url: fast.url });
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        await core.webhooks.ping(account.id, slowOne.id);
        await core.webhooks.ping(account.id, fastOne.id);
      }),
    );
    await vi.waitFor(() => expect(fast.received).toHaveLength(100), soon);
    expect(slow.received.length).toBeLessThan(100);
    await vi.waitFor(async () => {
      const states = (await history(account, slowOne.id)).map(({ state }) => state);
      expect(states).toEqual(Array(100).fill('delivered'));
    }, soon);
    for (const { received, open } of [slow, fast]) {
      expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(100);
      expect(received).toHaveLength(100);
      expect(open.most).toBeLessThanOrEqual(4);
    }
  });
});

/** What was mailed to an address, decoded. */
async function mailsTo(address: string, from = test): Promise<string[]> {
  const outbox = path.join(from.dataDir, 'outbox');
  const files = await readdir(outbox).catch(() => []);
  const mails = await Promise.all(
    files
      .filter((name) => name.endsWith('.eml'))
      .map(async (name) => PostalMime.parse(await readFile(path.join(outbox, name)))),
  );
  return mails.filter(({ to }) => to?.[0]?.address === address).map(({ text }) => text ?? '');
}

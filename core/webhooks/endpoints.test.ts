import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';
import { loopbackReach, startReceiver } from '../../test/support/webhook-receiver.ts';
import { openInternet, type Reach } from '../fetch/public-connection.ts';

const soon = { timeout: 10_000, interval: 20 };

describe('an address', () => {
  let test: TestCore;
  let answers: Record<string, string[][]> = {};
  const reach: Reach = {
    ...openInternet,
    lookUp: async (hostname) => {
      const next = answers[hostname];
      if (!next) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
      const addresses = (next.length > 1 ? next.shift() : next[0]) ?? [];
      return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    },
  };
  beforeAll(async () => {
    test = await startTestCore({ webhooks: { reach, waitsMs: [] } });
    test.core.startWorker();
  });
  afterAll(() => test.close());

  it.each([
    'http://hooks.example.com/',
    'ftp://hooks.example.com/',
    'hooks.example.com',
    'https://user:password@hooks.example.com/',
    'https://hooks.example.com:8443/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://10.1.2.3/',
    'https://192.168.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/',
    'https://easel.localhost/',
    'https://printer.local/',
    'https://metadata.google.internal/',
    'https://inside.example.com/',
    'https://both.example.com/',
    `https://hooks.example.com/${'a'.repeat(2000)}`,
  ])('%s is refused when it is named', async (url) => {
    answers = {
      'hooks.example.com': [['93.184.215.14']],
      'inside.example.com': [['10.0.0.7']],
      'both.example.com': [['93.184.215.14', '192.168.1.1']],
      localhost: [['127.0.0.1']],
    };
    const { account } = await makeMember(test.core);
    const refused = { code: 'invalid_input', values: { field: 'url' } };
    const { endpoints } = test.core.webhooks;
    await expect(endpoints.create(account.id, { url })).rejects.toMatchObject(refused);
    const { endpoint } = await endpoints.create(account.id, { url: 'https://hooks.example.com/' });
    await expect(endpoints.update(account.id, endpoint.id, { url })).rejects.toMatchObject(refused);
  });

  it('that leads inside only later is refused at the connection', async () => {
    const inside = await startReceiver();
    answers = { 'rebinding.example.com': [['93.184.215.14'], ['127.0.0.1']] };
    const { account } = await makeMember(test.core);
    const { endpoints, ping, list } = test.core.webhooks;
    const { endpoint } = await endpoints.create(account.id, { url: 'https://rebinding.example.com/' });
    await ping(account.id, endpoint.id);
    await vi.waitFor(async () => {
      const [delivery] = (await list(account.id, endpoint.id, { limit: 1 })).items;
      expect(delivery).toMatchObject({ state: 'abandoned', log: [{ status: null, error: 'address_refused' }] });
    }, soon);
    expect(inside.received).toEqual([]);
    await inside.close();
  });

  it('that nobody knows yet is accepted', async () => {
    answers = {};
    const { account } = await makeMember(test.core);
    const { endpoint } = await test.core.webhooks.endpoints.create(account.id, { url: 'https://SOON.example.com/a#b' });
    expect(endpoint.url).toBe('https://soon.example.com/a');
  });

  it('is one of at most ten, also when asked for at once', async () => {
    answers = {};
    const { account } = await makeMember(test.core);
    const asked = Array.from({ length: 15 }, () =>
      test.core.webhooks.endpoints.create(account.id, { url: 'https://hooks.example.com/' }),
    );
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(await test.core.webhooks.endpoints.list(account.id)).toHaveLength(10);
  });
});

describe('a secret', () => {
  let now = new Date('2027-01-01T00:00:00Z');
  let test: TestCore;
  beforeAll(async () => {
    test = await startTestCore({ clock: () => now, webhooks: { reach: loopbackReach, protocols: ['http:'] } });
    test.core.startWorker();
  });
  afterAll(() => test.close());

  it('lies in the database sealed, and for this endpoint only', async () => {
    const server = await startReceiver();
    const { account } = await makeMember(test.core);
    const { endpoints, ping, list } = test.core.webhooks;
    const { endpoint, secret } = await endpoints.create(account.id, { url: server.url });
    const another = await endpoints.create(account.id, { url: server.url });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(JSON.stringify(await endpoints.list(account.id))).not.toContain(secret);
    const { webhookEndpoint } = test.core.database.prisma;
    const { sealedSecret } = await webhookEndpoint.findUniqueOrThrow({ where: { id: endpoint.id } });
    expect(Buffer.from(sealedSecret).toString('latin1')).not.toContain(secret.slice('whsec_'.length));

    await webhookEndpoint.update({ where: { id: another.endpoint.id }, data: { sealedSecret } });
    await ping(account.id, another.endpoint.id);
    await vi.waitFor(async () => {
      const [delivery] = (await list(account.id, another.endpoint.id, { limit: 1 })).items;
      expect(delivery).toMatchObject({ state: 'abandoned', log: [{ error: 'secret_unreadable' }] });
    }, soon);
    expect(server.received).toEqual([]);
    await server.close();
  });

  it('that was rotated signs along for a day', async () => {
    const server = await startReceiver();
    const { account } = await makeMember(test.core);
    const { endpoints, ping } = test.core.webhooks;
    const { endpoint, secret: old } = await endpoints.create(account.id, { url: server.url });
    const { secret } = await endpoints.rotateSecret(account.id, endpoint.id);
    const signatures = async () => {
      const before = server.received.length;
      await ping(account.id, endpoint.id);
      await vi.waitFor(() => expect(server.received).toHaveLength(before + 1), soon);
      const { body, headers } = server.received[before] as (typeof server.received)[number];
      const at = new Date(Number(headers['webhook-timestamp']) * 1000);
      expect(at).toEqual(now);
      const given = String(headers['webhook-signature']).split(' ');
      return [secret, old].map((each) =>
        given.includes(new Webhook(each).sign(String(headers['webhook-id']), at, body)),
      );
    };
    expect(await signatures()).toEqual([true, true]);
    now = new Date(now.getTime() + 25 * 3_600_000);
    expect(await signatures()).toEqual([true, false]);
    await server.close();
  });

  it('of an endpoint is nobody else’s to rotate, change or delete', async () => {
    const { account } = await makeMember(test.core);
    const { account: stranger } = await makeMember(test.core);
    const server = await startReceiver();
    const { endpoints } = test.core.webhooks;
    const { endpoint } = await endpoints.create(account.id, { url: server.url });
    const missing = { code: 'not_found' };
    await expect(endpoints.rotateSecret(stranger.id, endpoint.id)).rejects.toMatchObject(missing);
    await expect(endpoints.update(stranger.id, endpoint.id, { enabled: false })).rejects.toMatchObject(missing);
    await expect(endpoints.remove(stranger.id, endpoint.id)).rejects.toMatchObject(missing);
    expect(await endpoints.get(account.id, endpoint.id)).toEqual(endpoint);
    await server.close();
  });
});

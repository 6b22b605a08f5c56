import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeMember, makePlan, startTestCore, type TestCore } from '../../test/support/core.ts';
import { readAllRedis } from '../../test/support/read-redis.ts';
import type { Core } from '../app.ts';
import type { Account } from './accounts.ts';
import { isWellFormed, makeKey } from './key-format.ts';

let service: TestCore;
let other: Core;
let account: Account;
let now = new Date();
const address = '192.0.2.1';

beforeAll(async () => {
  service = await startTestCore({ clock: () => now });
  other = await service.another();
});
afterAll(() => service.close());
beforeEach(async () => {
  now = new Date();
  ({ account } = await makeMember(service.core));
});

const create = (given: Partial<Parameters<Core['apiKeys']['create']>[0]> = {}) =>
  service.core.apiKeys.create({
    accountId: account.id,
    name: 'server',
    scopes: ['generate', 'read'],
    expiresAt: null,
    dailyCap: null,
    ...given,
  });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error) => error.code,
  );
const verify = (secret: string, core = service.core, from = address) => codeOf(core.apiKeys.verify(secret, from));
/** Until both processes go by what they remember. */
async function warm(secret: string): Promise<void> {
  for (const core of [service.core, other])
    for (let times = 0; times < 3; times++) expect(await verify(secret, core)).toBe('ok');
}

describe('a key', () => {
  test('is long, says whose it is, and is never made twice', () => {
    const keys = new Set(Array.from({ length: 1000 }, makeKey));
    expect(keys.size).toBe(1000);
    for (const key of keys) expect(key).toMatch(/^esl_live_[0-9A-Za-z]{38}$/);
  });

  test('with one wrong, missing, added or swapped character is known to be none without asking anybody', () => {
    for (let times = 0; times < 20; times++) {
      const key = makeKey();
      expect(isWellFormed(key)).toBe(true);
      for (let place = 0; place < key.length; place++) {
        const wrong = key[place] === 'x' ? 'y' : 'x';
        expect(isWellFormed(key.slice(0, place) + wrong + key.slice(place + 1))).toBe(false);
        expect(isWellFormed(key.slice(0, place) + key.slice(place + 1))).toBe(false);
        expect(isWellFormed(`${key.slice(0, place)}x${key.slice(place)}`)).toBe(false);
        const [one, two] = [key[place], key[place + 1]];
        if (one !== two && two)
          expect(isWellFormed(key.slice(0, place) + two + one + key.slice(place + 2))).toBe(false);
      }
    }
  });

  test('opens its account, with its scopes, cap and plan', async () => {
    const expiresAt = new Date(now.getTime() + 60_000);
    const { key, secret } = await create({ scopes: ['read'], dailyCap: 5, expiresAt });
    expect(key).toMatchObject({ name: 'server', prefix: secret.slice(0, 13), lastFour: secret.slice(-4) });
    const caller = await other.apiKeys.verify(secret, address);
    expect(account).toMatchObject(caller.account);
    expect(caller.key).toMatchObject({ id: key.id, scopes: ['read'], dailyCap: 5, expiresAt });
  });

  test('of 50 made at once only as many come about as an account may have, and all of them work', async () => {
    const made = await Promise.allSettled(Array.from({ length: 50 }, () => create()));
    const secrets = made.flatMap((each) => (each.status === 'fulfilled' ? [each.value.secret] : []));
    const refusals = made.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
    expect(secrets).toHaveLength(25);
    expect(refusals).toEqual(Array.from({ length: 25 }, () => 'key_limit'));
    expect(await service.core.apiKeys.list(account.id)).toHaveLength(25);
    expect(new Set(await Promise.all(secrets.map((secret) => verify(secret))))).toEqual(new Set(['ok']));
  });

  test('that was revoked makes room for another', async () => {
    const keys = await Promise.all(Array.from({ length: 25 }, () => create()));
    expect(await codeOf(create())).toBe('key_limit');
    await service.core.apiKeys.revoke(account.id, keys[0]?.key.id ?? '');
    expect(await codeOf(create())).toBe('ok');
  });

  test('is refused from the moment it expires, also when it is remembered', async () => {
    const { secret } = await create({ expiresAt: new Date(now.getTime() + 60_000) });
    await warm(secret);
    now = new Date(now.getTime() + 60_000);
    expect([await verify(secret), await verify(secret, other)]).toEqual(['key_expired', 'key_expired']);
    expect(await codeOf(create({ expiresAt: now }))).toBe('invalid_input');
  });

  test('that nobody made is refused, and a network that sends many is told to slow down', async () => {
    const from = '198.51.100.7';
    const answers: string[] = [];
    for (let times = 0; times < 32; times++)
      answers.push(await verify(times % 2 ? makeKey() : 'esl_live_typo', service.core, from));
    expect(answers.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 'key_invalid'));
    expect(answers.slice(30)).toEqual(['too_many_attempts', 'too_many_attempts']);
    const { secret } = await create();
    expect(await verify(secret, service.core, from)).toBe('ok');
  });
});

describe('a revoked key', () => {
  test('is refused on the next call in every process, however often it was used before', async () => {
    for (let times = 0; times < 10; times++) {
      const { key, secret } = await create();
      await warm(secret);
      await service.core.apiKeys.revoke(account.id, key.id);
      expect([await verify(secret), await verify(secret, other)]).toEqual(['key_revoked', 'key_revoked']);
    }
  });

  test('is refused as soon as the revocation is answered, under parallel use', async () => {
    const { key, secret } = await create();
    await warm(secret);
    let revoked = false;
    const late: string[] = [];
    /** Without a pause, before, during and after the revocation. */
    const use = async (core: Core) => {
      for (let times = 0; times < 30; ) {
        const after = revoked;
        const answer = await verify(secret, core);
        if (!after) continue;
        late.push(answer);
        times++;
      }
    };
    const using = Promise.all([service.core, other].flatMap((core) => [use(core), use(core), use(core), use(core)]));
    await service.core.apiKeys.revoke(account.id, key.id);
    revoked = true;
    await using;
    expect(new Set(late)).toEqual(new Set(['key_revoked']));
  });

  test('is refused although its news was lost and Redis was emptied meanwhile', async () => {
    const { key, secret } = await create();
    await warm(secret);
    await service.core.apiKeys.revoke(account.id, key.id);
    await service.redisClient.flushall();
    expect([await verify(secret), await verify(secret, other)]).toEqual(['key_revoked', 'key_revoked']);
  });

  test("cannot be revoked twice, nor by somebody else, nor by a word that is no key's", async () => {
    const { key, secret } = await create();
    const { account: stranger } = await makeMember(service.core);
    expect(await codeOf(service.core.apiKeys.revoke(stranger.id, key.id))).toBe('not_found');
    expect(await verify(secret)).toBe('ok');
    expect(await codeOf(service.core.apiKeys.revoke(account.id, "'; DROP TABLE api_keys"))).toBe('not_found');
    expect(await codeOf(service.core.apiKeys.revoke(account.id, key.id))).toBe('ok');
    expect(await codeOf(service.core.apiKeys.revoke(account.id, key.id))).toBe('not_found');
  });
});

test('a suspended account is refused in every process, and let in again', async () => {
  const { secret } = await create();
  await warm(secret);
  await service.core.accounts.setStatus(account.id, 'suspended');
  expect([await verify(secret), await verify(secret, other)]).toEqual(['account_suspended', 'account_suspended']);
  await service.core.accounts.setStatus(account.id, 'active');
  expect([await verify(secret), await verify(secret, other)]).toEqual(['ok', 'ok']);
});

test('a key goes by the plan of its account, and by the plan as it is now, at once in every process', async () => {
  const { secret } = await create();
  await warm(secret);
  const perDay = () =>
    Promise.all(
      [service.core, other].map(async (core) => (await core.apiKeys.verify(secret, address)).account.plan.perDay),
    );
  const planSlug = await makePlan(service.core, { perDay: 71, priority: 9 });
  await service.core.billing.grantPlan({ accountId: account.id, planSlug, until: null, reason: 'test' });
  expect(await perDay()).toEqual([71, 71]);
  await service.core.plans.setLimits(planSlug, { perDay: 72 });
  expect(await perDay()).toEqual([72, 72]);
  await service.core.billing.endGrants(account.id);
  expect(await perDay()).not.toContain(72);
});

test('while Redis is away keys are asked of Postgres, and a revoked one is refused then too and afterwards', async () => {
  const [kept, ended] = [await create(), await create()];
  for (const { secret } of [kept, ended]) await warm(secret);
  await service.redis.kill();
  await expect.poll(() => service.core.health()).toMatchObject({ redis: false });
  expect([await verify(kept.secret), await verify(kept.secret, other)]).toEqual(['ok', 'ok']);
  expect(await verify(makeKey())).toBe('key_invalid');
  let told = false;
  const revoking = service.core.apiKeys.revoke(account.id, ended.key.id).then(() => {
    told = true;
  });
  await expect.poll(() => verify(ended.secret)).toBe('key_revoked');
  expect(await verify(ended.secret, other)).toBe('key_revoked');
  expect(told, 'who could not be told may still remember').toBe(false);
  await service.redis.restart();
  await revoking;
  for (const core of [service.core, other]) {
    // It tries again every two seconds at the latest.
    await expect.poll(() => core.health(), { timeout: 10_000 }).toMatchObject({ redis: true });
    expect(await verify(ended.secret, core)).toBe('key_revoked');
    expect(await verify(kept.secret, core)).toBe('ok');
  }
}, 20_000);

describe('the cap of a key', () => {
  const capped = async (dailyCap: number | null, perDay = 1_000) => {
    const plan = await makePlan(service.core, { perDay });
    await service.core.database.prisma.account.update({ where: { id: account.id }, data: { planSlug: plan } });
    const { secret } = await create({ dailyCap });
    return () => service.core.apiKeys.verify(secret, address);
  };
  const ask = async (core: Core, { account, key }: Awaited<ReturnType<Core['apiKeys']['verify']>>, count = 1) =>
    core.generations.request({
      account,
      source: `rest:${account.id}`,
      requestId: crypto.randomUUID(),
      input: { prompt: 'a red fox', count },
      locale: 'en',
      replyTo: null,
      apiKey: key,
    });
  const outcomes = async (work: Promise<unknown>[]) => {
    const settled = await Promise.allSettled(work);
    return {
      accepted: settled.filter(({ status }) => status === 'fulfilled').length,
      refusals: settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])),
    };
  };

  test('lets exactly as many through of 200 that come at once to two processes, and says so', async () => {
    const caller = await (await capped(17))();
    const { accepted, refusals } = await outcomes(
      Array.from({ length: 200 }, (_, index) => ask(index % 2 ? service.core : other, caller)),
    );
    expect(accepted).toBe(17);
    expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['quota_exceeded']));
    expect(refusals[0].receipt).toMatchObject({ limit: 'daily', max: 17, used: 17, remaining: 0, hint: 'key_cap' });
    expect(Date.parse(refusals[0].receipt.resets_at) % 86_400_000).toBe(0);
  });

  test('leaves other keys and the chats of the account alone, and the account its own limit', async () => {
    const first = await (await capped(3, 8))();
    const { secret } = await create();
    const second = await service.core.apiKeys.verify(secret, address);
    expect(await outcomes([4, 3].map((count) => ask(service.core, first, count)))).toMatchObject({ accepted: 1 });
    expect(await codeOf(ask(service.core, first))).toBe('quota_exceeded');
    expect(await codeOf(ask(service.core, second, 4))).toBe('ok');
    const { refusals } = await outcomes([ask(service.core, second, 2)]);
    expect(refusals[0].receipt).toMatchObject({ max: 8, used: 7, hint: 'wait' });
  });

  test('gets back what is cancelled, and is exact after Redis was emptied', async () => {
    const caller = await (await capped(4))();
    const first = await ask(service.core, caller, 3);
    expect(await codeOf(ask(service.core, caller, 2))).toBe('quota_exceeded');
    await service.core.generations.cancel(account.id, first.id);
    await expect.poll(() => codeOf(ask(service.core, caller, 4))).toBe('ok');
    await service.redisClient.flushall();
    const { refusals } = await outcomes([ask(other, caller)]);
    expect(refusals[0].receipt).toMatchObject({ max: 4, used: 4, hint: 'key_cap' });
  });

  test('begins anew with the next UTC day', async () => {
    const verifyAgain = await capped(2);
    now = new Date('2026-11-21T23:59:58Z');
    expect(await codeOf(ask(service.core, await verifyAgain(), 2))).toBe('ok');
    expect(await codeOf(ask(service.core, await verifyAgain()))).toBe('quota_exceeded');
    now = new Date('2026-11-22T00:00:00Z');
    expect(await codeOf(ask(service.core, await verifyAgain(), 2))).toBe('ok');
    expect(await codeOf(ask(service.core, await verifyAgain()))).toBe('quota_exceeded');
  });

  test('is what the headers tell when it is reached before the limit of the account', async () => {
    const caller = await (await capped(4, 10))();
    const peek = () =>
      service.core.quotas.peek({ accountId: account.id, limits: caller.account.plan, key: caller.key });
    expect(await peek()).toMatchObject({ limit: 'daily', max: 4, used: 0, remaining: 4 });
    expect((await ask(service.core, caller, 3)).receipt).toMatchObject({ max: 4, used: 3, remaining: 1 });
    expect(await peek()).toMatchObject({ max: 4, used: 3, remaining: 1 });
    await service.redisClient.flushall();
    expect(await peek()).toMatchObject({ max: 4, used: 3, remaining: 1 });
  });
});

test('requests are counted a key and day, over all processes, and the last use is noted at most once a minute', async () => {
  const { key, secret } = await create();
  await Promise.all(Array.from({ length: 40 }, (_, index) => verify(secret, index % 2 ? service.core : other)));
  const readKey = async () => {
    await other.apiKeys.list(account.id);
    return (await service.core.apiKeys.list(account.id))[0];
  };
  const firstUse = now;
  expect((await readKey())?.lastUsedAt).toEqual(firstUse);
  now = new Date(firstUse.getTime() + 30_000);
  await verify(secret);
  expect((await readKey())?.lastUsedAt).toEqual(firstUse);
  now = new Date(firstUse.getTime() + 90_000);
  await verify(secret);
  expect((await readKey())?.lastUsedAt).toEqual(now);
  const rows = await service.core.database.prisma.apiKeyUsage.findMany({ where: { apiKeyId: key.id } });
  expect(rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(42);
});

test('nothing of a key is in the log, in Redis or in Postgres but what may be shown of it', async () => {
  const { secret } = await create();
  await warm(secret);
  await verify(`${secret.slice(0, -1)}x`);
  await service.core.apiKeys.list(account.id);
  const { pool } = service.core.database;
  const tables = await pool.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
  );
  const rows = await Promise.all(
    tables.rows.map(({ name }) => pool.query(`SELECT t::text AS row FROM "${name}" AS t`)),
  );
  const kept = {
    postgres: JSON.stringify(rows.map((result) => result.rows)),
    redis: JSON.stringify(await readAllRedis(service.redisClient)),
    log: service.logged.join('\n'),
  };
  expect(kept.postgres).toContain(secret.slice(0, 13));
  // Any eight characters in a row out of its secret middle.
  for (let place = 13; place < secret.length - 12; place++) {
    const piece = secret.slice(place, place + 8);
    for (const [where, text] of Object.entries(kept)) expect(text.includes(piece), `${piece} in ${where}`).toBe(false);
  }
});

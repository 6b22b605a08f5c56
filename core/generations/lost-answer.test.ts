import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeMember, makePlan, startTestCore, type TestCore } from '../../test/support/core.ts';
import { createQuotas } from '../quotas/quotas.ts';
import { openRedis } from '../redis.ts';
import { createRequest } from './request.ts';
import { createWriter } from './write.ts';

let test: TestCore;
let redis: ReturnType<typeof openRedis>;
beforeAll(async () => {
  test = await startTestCore();
  redis = openRedis({ url: test.redis.url, log: test.core.log });
  await redis.connect();
});
afterAll(async () => {
  await redis.close();
  await test.close();
});

/** Asks once, where the connection to Postgres breaks before or after the request is written. */
async function ask({ breaks }: { breaks: 'before' | 'after' }) {
  const { database, log, models } = test.core;
  const { account } = await makeMember(test.core, { plan: await makePlan(test.core, { perDay: 2 }) });
  const quotas = createQuotas({ redis, database, clock: () => new Date(), log });
  const write = createWriter({ database });
  const request = createRequest({
    quotas,
    async write(entry) {
      if (breaks === 'after') await write(entry);
      throw new Error('Connection terminated unexpectedly');
    },
    outbox: { publish: async () => {} },
    models,
  });
  const answer = await request({
    account,
    source: 'web',
    requestId: crypto.randomUUID(),
    input: { prompt: 'a lighthouse', count: 2 },
    locale: 'en',
    replyTo: null,
  }).catch((error) => error);
  const { daily } = await test.core.quotas.status(account.id, account.plan);
  return {
    answer,
    used: daily.used,
    decision: await quotas.check({ accountId: account.id, images: 2, limits: account.plan }),
  };
}

it('whoever is told that nothing was charged is charged nothing', async () => {
  const { answer, used, decision } = await ask({ breaks: 'before' });
  expect(answer).toMatchObject({ code: 'unavailable' });
  expect([used, decision.allowed]).toEqual([0, true]);
});

it('whose request was written all the same is told that it is under way', async () => {
  const { answer, used, decision } = await ask({ breaks: 'after' });
  expect(answer).toMatchObject({ repeated: true, count: 2 });
  expect([used, decision.allowed]).toEqual([2, false]);
});

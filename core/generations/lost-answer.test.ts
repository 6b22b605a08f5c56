import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeMember, makePlan, startTestCore, type TestCore } from '../../test/support/core.ts';

let test: TestCore;
beforeAll(async () => {
  test = await startTestCore();
});
afterAll(() => test.close());

/** Asks for two images a day twice; the first time the connection breaks before or after the request is written. */
async function ask({ breaks }: { breaks: 'before' | 'after' }) {
  const { database, generations, quotas } = test.core;
  const { account } = await makeMember(test.core, { plan: await makePlan(test.core, { perDay: 2 }) });
  const request = () =>
    generations
      .request({
        account,
        source: 'web',
        requestId: crypto.randomUUID(),
        input: { prompt: 'a lighthouse', count: 2 },
        locale: 'en',
        replyTo: null,
      })
      .catch((error) => error);
  const { run } = database;
  database.run = async (statement, values) => {
    if (statement.name !== 'generation_write') return run(statement, values);
    if (breaks === 'after') await run(statement, values);
    throw new Error('Connection terminated unexpectedly');
  };
  const first = await request();
  database.run = run;
  const { daily } = await quotas.status(account.id, account.plan);
  return { first, used: daily.used, second: await request() };
}

it('whoever is told that nothing was charged is charged nothing', async () => {
  const { first, used, second } = await ask({ breaks: 'before' });
  expect(first).toMatchObject({ code: 'unavailable' });
  expect(used).toBe(0);
  expect(second).toMatchObject({ repeated: false, count: 2 });
});

it('whose request was written all the same is told that it is under way', async () => {
  const { first, used, second } = await ask({ breaks: 'after' });
  expect(first).toMatchObject({ repeated: true, count: 2 });
  expect(used).toBe(2);
  expect(second).toMatchObject({ code: 'quota_exceeded' });
});

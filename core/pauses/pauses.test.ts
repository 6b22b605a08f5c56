import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';

let service: TestCore;
beforeAll(async () => {
  service = await startTestCore();
});
afterAll(() => service.close());

const ask = (core: TestCore['core'], account: Awaited<ReturnType<typeof makeMember>>['account']) =>
  core.generations.estimate(account, { prompt: 'a red fox' });

test('what is stopped in one process is refused in another at once, with the operators’ words, and goes on when it may', async () => {
  const { core } = service;
  const other = await service.another();
  const { account } = await makeMember(core);
  const { model } = await ask(other, account);
  await core.pauses.pause(`model:${model.id}`, 'It draws everything upside down; back at six.');
  await vi.waitUntil(() => other.pauses.isPaused(`model:${model.id}`));
  await expect(ask(other, account)).rejects.toMatchObject({
    code: 'paused',
    values: { message: 'It draws everything upside down; back at six.' },
  });
  const request = { account, source: 'web', requestId: 'one', input: { prompt: 'a fox' }, locale: 'en', replyTo: null };
  await expect(other.generations.request(request)).rejects.toMatchObject({ code: 'paused' });
  expect((await core.quotas.status(account.id, account.plan)).daily.used).toBe(0);
  expect(await core.pauses.resume(`model:${model.id}`)).toBe(true);
  await vi.waitUntil(async () => !(await other.pauses.isPaused(`model:${model.id}`)));
  await expect(ask(other, account)).resolves.toMatchObject({ allowed: true });
});

test('a provider that is stopped stops its models, and another word replaces the first', async () => {
  const { core } = service;
  const { account } = await makeMember(core);
  const { model } = await ask(core, account);
  await core.pauses.pause(`provider:${model.provider}`, 'first');
  await core.pauses.pause(`provider:${model.provider}`, 'second');
  await expect(ask(core, account)).rejects.toMatchObject({ values: { message: 'second' } });
  expect((await core.pauses.list()).map(({ message }) => message)).toEqual(['second']);
  await core.pauses.resume(`provider:${model.provider}`);
  expect(await core.pauses.resume(`provider:${model.provider}`)).toBe(false);
});

test('sales that are stopped open no page to pay', async () => {
  const { core } = service;
  const { account } = await makeMember(core);
  await core.pauses.pause('sales', 'We are moving house.');
  const opened = core.billing.openCheckout({ account, item: 'premium', replyTo: null, locale: 'en' });
  await expect(opened).rejects.toMatchObject({ code: 'paused', values: { message: 'We are moving house.' } });
  await core.pauses.resume('sales');
});

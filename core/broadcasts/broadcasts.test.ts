import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';

let now = new Date('2026-11-21T12:00:00Z');
let service: TestCore;
beforeAll(async () => {
  service = await startTestCore({ clock: () => now });
});
afterAll(() => service.close());

const hour = { from: new Date('2026-11-21T11:30:00Z'), to: new Date('2026-11-21T12:30:00Z') };

async function makeAsker(): Promise<string> {
  const { core } = service;
  const { account } = await makeMember(core);
  const asked = { account, source: 'web', input: { prompt: 'a red fox' }, locale: 'en', replyTo: null };
  await core.generations.request({ ...asked, requestId: crypto.randomUUID() });
  return account.id;
}
const told = () =>
  service.core.database.prisma.notice.findMany({ where: { key: 'broadcast' }, orderBy: { accountId: 'asc' } });

test('everyone who asked is told once, a few at a time, however many processes do it', async () => {
  const { core } = service;
  const other = await service.another();
  const askers: string[] = [];
  for (let number = 0; number < 30; number++) askers.push(await makeAsker());
  await makeMember(core);
  const audience = { ...hour, model: null, failedOnly: false };
  expect(await core.broadcasts.count(audience)).toBe(30);
  const { id, total } = await core.broadcasts.send('Pictures were slow; they are fast again.', audience);
  expect(total).toBe(30);
  await Promise.all([core.broadcasts.advance(), other.broadcasts.advance(), core.broadcasts.advance()]);
  expect(await told()).toHaveLength(25);
  now = new Date(now.getTime() + 5_000);
  await Promise.all([core.broadcasts.advance(), other.broadcasts.advance()]);
  now = new Date(now.getTime() + 5_000);
  await core.broadcasts.advance();
  const notices = await told();
  expect(notices.map(({ accountId }) => accountId)).toEqual(askers.sort());
  expect(notices[0]?.values).toEqual({ text: 'Pictures were slow; they are fast again.' });
  const row = await core.database.prisma.broadcast.findUniqueOrThrow({ where: { id } });
  expect(row).toMatchObject({ state: 'sent', done: 30, total: 30, finishedAt: expect.any(Date) });
});

test('what is cancelled tells nobody else, and what reaches nobody is not begun', async () => {
  const { core } = service;
  const audience = { ...hour, model: null, failedOnly: false };
  const before = (await told()).length;
  const { id } = await core.broadcasts.send('Never mind.', audience);
  expect(await core.broadcasts.cancel(id)).toBe(true);
  await core.broadcasts.advance();
  expect(await told()).toHaveLength(before);
  expect(await core.broadcasts.cancel(id)).toBe(false);
  await expect(core.broadcasts.send('x', { ...audience, failedOnly: true })).rejects.toMatchObject({
    code: 'nothing_to_do',
  });
  await expect(core.broadcasts.send('x', { ...audience, model: 'no-such-model' })).rejects.toMatchObject({
    code: 'nothing_to_do',
  });
});

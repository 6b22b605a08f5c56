import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';

let service: TestCore;
beforeAll(async () => {
  service = await startTestCore();
});
afterAll(() => service.close());

test('requests are counted by server, once however often it is done', async () => {
  const { core } = service;
  const { account } = await makeMember(core);
  let number = 0;
  const ask = (guildId: string | null) => {
    const replyTo = { platform: 'discord', guildId } as const;
    const requestId = `request-${++number}`;
    const input = { prompt: 'a red fox' };
    return core.generations.request({ account, source: 'discord', requestId, input, locale: 'en', replyTo });
  };
  const relaxed = { cooldownSeconds: 0, concurrent: 100, perMinute: 100 };
  await core.plans.setLimits('free', relaxed);
  account.plan = { ...account.plan, ...relaxed };
  await ask('1001');
  await ask('1001');
  await ask('2002');
  await ask(null);
  await core.servers.count();
  await core.servers.count();
  await ask('1001');
  await core.servers.count();
  await core.servers.name([
    { id: '1001', name: 'Foxes' },
    { id: '3003', name: 'Nobody asked here' },
  ]);
  const servers = await core.database.prisma.chatServer.findMany({ orderBy: { id: 'asc' } });
  expect(servers.map(({ id, name, requests }) => ({ id, name, requests }))).toEqual([
    { id: '1001', name: 'Foxes', requests: 3 },
    { id: '2002', name: '', requests: 1 },
  ]);
});

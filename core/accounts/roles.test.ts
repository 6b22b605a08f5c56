import type { Role } from '@prisma/client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestCore, type TestCore } from '../../test/support/core.ts';

let service: TestCore;
beforeAll(async () => {
  service = await startTestCore();
});
afterAll(() => service.close());
beforeEach(async () => {
  await service.core.database.prisma.account.deleteMany();
});

async function make(role: Role, status: 'active' | 'suspended' = 'active'): Promise<string> {
  const id = crypto.randomUUID();
  await service.core.database.prisma.account.create({ data: { id, email: `${id}@example.com`, role, status } });
  return id;
}
const setRole = (actorId: string, accountId: string, role: Role) =>
  service.core.accounts.setRole({ actorId, accountId, role }).then(
    () => 'done',
    (error) => error.code,
  );
const roleOf = async (id: string) => (await service.core.accounts.get(id)).role;

test('owners give and take roles, from the next message on, in every process', async () => {
  const [owner, member] = [await make('owner'), await make('member')];
  const other = await service.another();
  await service.core.database.prisma.identity.create({
    data: { id: crypto.randomUUID(), accountId: member, platform: 'web', platformUserId: 'ann' },
  });
  expect((await other.accounts.find('web', 'ann'))?.role).toBe('member');
  expect(await setRole(owner, member, 'operator')).toBe('done');
  await expect.poll(async () => (await other.accounts.find('web', 'ann'))?.role).toBe('operator');
  expect(await setRole(owner, member, 'member')).toBe('done');
  expect(await roleOf(member)).toBe('member');
});

test.each(['operator', 'viewer', 'member'] as const)('nobody else does: %s', async (role) => {
  await make('owner');
  const [actor, member] = [await make(role), await make('member')];
  expect(await setRole(actor, member, 'viewer')).toBe('forbidden');
  expect(await setRole(actor, actor, 'owner')).toBe('forbidden');
  expect(await roleOf(actor)).toBe(role);
});

test('a suspended owner gives no roles', async () => {
  await make('owner');
  expect(await setRole(await make('owner', 'suspended'), await make('member'), 'viewer')).toBe('forbidden');
});

test('the last owner stays one, whom a suspended one does not replace', async () => {
  const owner = await make('owner');
  await make('owner', 'suspended');
  expect(await setRole(owner, owner, 'operator')).toBe('last_owner');
  const second = await make('member');
  expect(await setRole(owner, second, 'owner')).toBe('done');
  expect(await setRole(owner, owner, 'operator')).toBe('done');
  expect(await roleOf(owner)).toBe('operator');
});

test('two owners who demote each other at once leave one', async () => {
  for (let round = 0; round < 10; round++) {
    await service.core.database.prisma.account.deleteMany();
    const [one, other] = [await make('owner'), await make('owner')];
    const answers = await Promise.all([setRole(one, other, 'member'), setRole(other, one, 'member')]);
    expect(answers.sort()).toEqual(['done', 'forbidden']);
    expect(await service.core.database.prisma.account.count({ where: { role: 'owner' } })).toBe(1);
  }
});

test('whom there is not cannot be given a role', async () => {
  expect(await setRole(await make('owner'), crypto.randomUUID(), 'viewer')).toBe('not_found');
});

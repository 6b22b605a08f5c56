import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember } from '../../../test/support/core.ts';
import { deedsOf } from '../../../test/support/deeds.ts';
import { type Panel, startPanel } from '../../../test/support/panel.ts';

let panel: Panel;
let deeds: ReturnType<typeof deedsOf>;
beforeAll(async () => {
  panel = await startPanel();
  deeds = deedsOf(panel);
});
afterAll(() => panel.close());

const member = async () => (await makeMember(panel.core)).account;

const everyDeed = [
  ...['grantPlan', 'endGrants', 'giveImages', 'giveBack', 'resetToday', 'makeUp', 'endSessions', 'revokeKeys'],
  ...['resendCode', 'setRole', 'resetSecondFactor', 'merge', 'export', 'deletePerson', 'suspend', 'restore', 'sync'],
];
test.each(everyDeed)('%s has words, and is refused to viewers, to members and by GET', async (name) => {
  const { id } = await member();
  const path = `/api/resources/Account/records/${id}/${name}`;
  for (const form of [{ look: 'yes' }, { images: '5' }] as Record<string, string>[])
    expect((await panel.ask(path, { as: 'viewer', form })).status).toBe(403);
  expect((await panel.ask(path, { as: null, form: {} })).status).toBe(401);
  expect((await panel.ask(path, { as: 'owner' })).status).toBe(405);
  expect(await deeds.audit(id)).toEqual([]);
  for (const part of ['explain', 'do', 'done']) expect(panel.core.words.has(`panel.deeds.${name}.${part}`)).toBe(true);
  expect(panel.core.words.has(`panel.actions.${name}`)).toBe(true);
  for (const field of (await deeds.open('Account', id, name, 'owner'))?.fields ?? [])
    expect(panel.core.words.has(`panel.fields.${field.name}`), field.name).toBe(true);
});

test('viewers make up for nothing either', async () => {
  expect((await deeds.send('Account', null, 'makeUpToAll', {}, 'viewer')).status).toBe(403);
});

test('an account is found by its chat name or id, and its page tells what is left', async () => {
  const { account, userId } = await makeMember(panel.core);
  await panel.core.database.prisma.identity.updateMany({
    where: { platformUserId: userId },
    data: { displayName: 'Grace Hopper' },
  });
  const find = async (text: string) => {
    const { records, meta } = (await panel.list('Account', `filters.search=${encodeURIComponent(text)}`)).body;
    expect(meta.total).toBe(records.length);
    return records.map(({ params }: { params: { id: string } }) => params.id);
  };
  for (const text of ['grace', userId, account.id, account.email]) expect(await find(text), text).toContain(account.id);
  expect(await find('nobody of that name')).toEqual([]);
  expect(await find('grace')).toEqual([account.id]);
  const { record } = (await panel.ask(`/api/resources/Account/records/${account.id}/show`)).body;
  expect(record.facts).toEqual({ plan: 'Free', usedToday: 0, leftToday: 20, usedThisMonth: 0, extra: 0 });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember } from '../../test/support/core.ts';
import { type Panel, type Staff, startPanel } from '../../test/support/panel.ts';

let panel: Panel;
beforeAll(async () => {
  panel = await startPanel();
});
afterAll(() => panel.close());

test('a suspended account is refused at its next request, and restored works again', async () => {
  const { core } = panel;
  const { account, userId } = await makeMember(core);
  const standing = async () => (await core.accounts.find('web', userId))?.status;
  expect(await standing()).toBe('active');
  const change = (action: string) =>
    panel.ask(`/api/resources/Account/records/${account.id}/${action}`, { method: 'POST', as: 'operator' });
  expect((await change('suspend')).body.notice).toMatchObject({ type: 'success', message: 'done_suspend' });
  expect(await standing()).toBe('suspended');
  expect((await change('restore')).body.notice).toMatchObject({ type: 'success', message: 'done_restore' });
  expect(await standing()).toBe('active');
});

test('nobody suspends themselves, and operators suspend no owner', async () => {
  const suspend = (as: Staff, whom: Staff) =>
    panel.ask(`/api/resources/Account/records/${panel.ids[whom]}/suspend`, { method: 'POST', as });
  expect((await suspend('owner', 'owner')).body.notice.type).toBe('error');
  expect((await suspend('operator', 'owner')).body.notice.type).toBe('error');
  const rows = await panel.core.database.prisma.account.findMany({ where: { id: { in: Object.values(panel.ids) } } });
  expect(rows.map((row) => row.status)).toEqual(['active', 'active', 'active']);
});

test.each(['edit', 'delete'])('no account takes an %s by its form', async (action) => {
  const answer = await panel.ask(`/api/resources/Account/records/${panel.ids.viewer}/${action}`, {
    form: { role: 'owner' },
  });
  expect(answer.body.notice).toMatchObject({ type: 'error', message: expect.stringMatching(/forbidden/i) });
  expect((await panel.core.accounts.get(panel.ids.viewer)).role).toBe('viewer');
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember } from '../../test/support/core.ts';
import { type Panel, startPanel } from '../../test/support/panel.ts';

let panel: Panel;
beforeAll(async () => {
  panel = await startPanel();
});
afterAll(() => panel.close());

const minute = (offset: number) => new Date(Date.now() + offset * 60_000).toISOString().slice(0, 16);
const write = (form: Record<string, string>, as: 'operator' | 'viewer' = 'operator') =>
  panel.ask('/api/resources/Broadcast/actions/broadcast', { as, form });

test('an operator sees how many a message reaches, sends it, and stops it', async () => {
  const { core } = panel;
  const { account } = await makeMember(core);
  const asked = { account, source: 'web', input: { prompt: 'a red fox' }, locale: 'en', replyTo: null };
  await core.generations.request({ ...asked, requestId: 'one' });
  const form = { text: 'We were slow. Sorry!', from: minute(-5), to: minute(5) };
  const weighed = await write({ ...form });
  expect(weighed.text).toMatch(/"members":1/);
  expect(await core.database.prisma.broadcast.count()).toBe(0);
  await write({ ...form, weighed: 'yes' });
  const [row] = await core.database.prisma.broadcast.findMany();
  expect(row).toMatchObject({ text: 'We were slow. Sorry!', total: 1, state: 'sending', model: null });
  const stopped = await panel.ask(`/api/resources/Broadcast/records/${row?.id}/stopBroadcast`, {
    as: 'operator',
    method: 'POST',
  });
  expect(stopped.body.notice).toMatchObject({ type: 'success' });
  expect(await core.database.prisma.broadcast.findFirst()).toMatchObject({ state: 'cancelled' });
  const audit = await core.database.prisma.auditEntry.findMany({ orderBy: { id: 'asc' } });
  expect(audit.map(({ action }) => action)).toEqual(['Broadcast.broadcast', 'Broadcast.stopBroadcast']);
});

test('viewers write to nobody, and a span that ends before it begins is told at its field', async () => {
  const form = { text: 'x', from: minute(5), to: minute(-5) };
  expect((await write(form, 'viewer')).status).toBe(403);
  const refused = await write(form);
  expect(refused.body.errors ?? refused.body.record?.errors).toHaveProperty('to');
});

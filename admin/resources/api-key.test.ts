import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember } from '../../test/support/core.ts';
import { type Panel, type Sent, startPanel } from '../../test/support/panel.ts';
import { createWeb, type Web } from '../../web/index.ts';
import { createV1 } from '../../web/v1/index.ts';

let panel: Panel;
let web: Web;
beforeAll(async () => {
  panel = await startPanel();
  const { core } = panel;
  const settings = { ...core.settings, port: 0, publicUrlGiven: false };
  web = createWeb({ core: { ...core, settings }, mounts: [{ path: '/', handler: createV1({ core }) }] });
  await web.start();
});
afterAll(async () => {
  await web.stop();
  await panel.close();
});

const make = (form: Record<string, string>, as: Sent['as'] = 'operator') =>
  panel.ask('/api/resources/ApiKey/actions/new', { as, form });
const revoke = (id: string, sent: Sent = {}) =>
  panel.ask(`/api/resources/ApiKey/records/${id}/revoke`, { as: 'operator', method: 'POST', ...sent });
const wanted = (account: string, more: Record<string, string> = {}) => ({
  ...{ account, name: 'for Ada', 'scopes.0': 'generate', 'scopes.1': 'read' },
  ...more,
});
/** What the REST API says to a key. */
async function askWith(key: string) {
  const response = await fetch(`${web.url}/v1/account`, { headers: { authorization: `Bearer ${key}` } });
  const body = (await response.json()) as { id?: string; error?: { code: string } };
  return { status: response.status, ...body };
}

test('a key that an operator makes is shown once, works, and once revoked fails at the next request', async () => {
  const { account } = await makeMember(panel.core);
  const made = await make(wanted(account.id, { dailyCap: '5', expiresAt: '2099-01-01T00:00:00.000Z' }));
  const { secret, record, notice } = made.body;
  expect(notice).toMatchObject({ type: 'success', message: 'key_made' });
  expect(secret).toMatch(/^esl_live_\w{20,}$/);
  expect(record.params).toMatchObject({
    ...{ name: 'for Ada', account: account.id, dailyCap: 5, lastFour: secret.slice(-4), revokedAt: null },
    ...{ 'scopes.0': 'generate', 'scopes.1': 'read', expiresAt: '2099-01-01T00:00:00.000Z' },
  });
  expect(JSON.stringify(record)).not.toContain(secret);
  expect(await askWith(secret)).toMatchObject({ status: 200, id: account.id });

  const { id } = record;
  const shown = await panel.ask(`/api/resources/ApiKey/records/${id}/show`);
  for (const text of [shown.text, (await panel.list('ApiKey')).text, panel.logged.join('\n')])
    expect(text).not.toContain(secret);
  expect(panel.logged.some((line) => line.includes('an API key was made') && line.includes(panel.ids.operator))).toBe(
    true,
  );

  const [entry] = await panel.core.database.prisma.auditEntry.findMany({ where: { accountId: account.id } });
  expect(entry).toMatchObject({
    ...{ action: 'ApiKey.new', actorId: panel.ids.operator, subjectType: 'Account', subjectId: account.id },
    after: { id, name: 'for Ada', dailyCap: 5, lastFour: secret.slice(-4) },
  });
  expect(JSON.stringify(entry, (_key, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
    secret,
  );

  const revoked = await revoke(id);
  expect(revoked.body.notice).toMatchObject({ type: 'success', message: 'done_revoke' });
  expect(revoked.body.record.params.revokedAt).not.toBeNull();
  expect(await askWith(secret)).toMatchObject({ status: 401, error: { code: 'key_revoked' } });
  expect((await revoke(id)).body.notice.type).toBe('success');
});

test('viewers and GET make and revoke nothing', async () => {
  const { account } = await makeMember(panel.core);
  const { secret, record } = (await make(wanted(account.id))).body;
  expect((await make(wanted(account.id), 'viewer')).status).toBe(403);
  expect((await revoke(record.id, { as: 'viewer' })).status).toBe(403);
  expect((await revoke(record.id, { as: null })).status).toBe(401);
  expect((await revoke(record.id, { method: 'GET' })).status).toBe(405);
  expect((await panel.ask('/api/resources/ApiKey/actions/new')).status).toBe(405);
  const looked = await panel.ask(`/api/resources/ApiKey/records/${record.id}/show`, { as: 'viewer' });
  const offered = looked.body.record.recordActions.map(({ name }: { name: string }) => name);
  expect(offered).toEqual(['show']);
  expect(await askWith(secret)).toMatchObject({ status: 200 });
  expect(await panel.core.apiKeys.list(account.id)).toHaveLength(1);
});

test.each([
  ['nothing', {}, ['account', 'name', 'scopes']],
  ['no scope', { 'scopes.0': '', 'scopes.1': '' }, ['scopes']],
  ['a scope that is none', { 'scopes.0': 'everything' }, ['scopes']],
  ['a blank name', { name: '  ' }, ['name']],
  ['a cap of nothing', { dailyCap: '0' }, ['dailyCap']],
  ['half a picture a day', { dailyCap: '1.5' }, ['dailyCap']],
  ['no date', { expiresAt: 'soon' }, ['expiresAt']],
  ['a time that is over', { expiresAt: '2020-01-01T00:00:00.000Z' }, ['expiresAt']],
])('the form says what is wrong with %s', async (_what, changes, fields) => {
  const { account } = await makeMember(panel.core);
  const given = Object.keys(changes).length ? wanted(account.id, changes) : { name: '' };
  const { body } = await make(given);
  expect(Object.keys(body.record.errors).sort()).toEqual(fields);
  for (const { message } of Object.values(body.record.errors) as { message: string }[])
    expect(panel.core.words.has(`panel.faults.${message.replace('fault_', '')}`)).toBe(true);
  expect(body.secret).toBeUndefined();
  expect(await panel.core.apiKeys.list(account.id)).toEqual([]);
});

test('an account with as many keys as fit gets no more, and nobody none', async () => {
  const { account } = await makeMember(panel.core);
  for (let count = 0; count < 25; count++) await make(wanted(account.id));
  expect((await make(wanted(account.id))).body.record.errors).toEqual({
    account: { type: 'key_limit', message: 'fault_key_limit' },
  });
  expect((await make(wanted(crypto.randomUUID()))).body.record.errors).toEqual({
    account: { type: 'gone', message: 'fault_gone' },
  });
});

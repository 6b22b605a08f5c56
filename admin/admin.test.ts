import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember } from '../test/support/core.ts';
import { type Panel, startPanel, toForm } from '../test/support/panel.ts';

let panel: Panel;
beforeAll(async () => {
  panel = await startPanel();
});
afterAll(() => panel.close());

test('no GET changes anything, however the address is written', async () => {
  const { account } = await makeMember(panel.core);
  const path = `resources/Account/records/${account.id}/suspend`;
  expect((await panel.ask(`/api/${path}`)).status).toBe(405);
  expect((await panel.ask(`/api/${path}`, { method: 'HEAD' })).status).toBe(405);
  expect((await panel.ask(`/api/${path}/`)).status).toBe(405);
  expect((await panel.ask(`/API/${path}`)).status).toBe(404);
  expect((await panel.ask(`/api/${path.replace('records', 'Records')}`)).status).toBe(404);
  expect((await panel.ask(`/api/resources/Plan/bulk/bulkDelete?recordIds=premium`)).status).toBe(404);
  expect((await panel.ask('/api/resources/Plan/records/premium/delete')).status).toBe(405);
  expect((await panel.ask(`/api/${path}`, { method: 'PUT' })).status).toBe(405);
  expect((await panel.core.accounts.get(account.id)).status).toBe('active');
});

test('viewers look at everything and change nothing', async () => {
  const { account } = await makeMember(panel.core);
  expect((await panel.ask('/api/resources/Account/actions/list', { as: 'viewer' })).status).toBe(200);
  for (const path of [`Account/records/${account.id}/suspend`, 'Plan/records/free/edit', 'Plan/actions/new']) {
    expect((await panel.ask(`/api/resources/${path}`, { as: 'viewer', form: { perDay: '1' } })).status).toBe(403);
  }
});

test('what is not there is 404, not a fault', async () => {
  expect((await panel.list('EmailCode')).status).toBe(404);
  expect((await panel.ask('/api/resources/Account/actions/explode')).status).toBe(404);
  expect((await panel.ask('/api/resources/Account/actions/constructor')).status).toBe(404);
  const missing = await panel.ask('/api/resources/Account/records/not-a-uuid/show');
  expect(missing.status).toBe(200);
  expect(missing.body.notice.type).toBe('error');
});

test('files are not taken, and of none anything stays behind', async () => {
  const before = readdirSync(tmpdir());
  const form = toForm({ name: 'Free' });
  form.append('file', new Blob([Buffer.alloc(500_000)]), 'upload_me.bin');
  expect((await panel.ask('/api/resources/Plan/records/free/edit', { as: null, form })).status).toBe(401);
  expect((await panel.ask('/api/resources/Plan/records/free/edit', { form })).status).toBe(415);
  const large = toForm({ name: 'x'.repeat(1_100_000) });
  expect((await panel.ask('/api/resources/Plan/records/free/edit', { form: large })).status).toBe(413);
  expect(readdirSync(tmpdir()).filter((name) => !before.includes(name) && name.startsWith('upload_'))).toEqual([]);
  expect((await panel.list('Plan')).status).toBe(200);
});

test('pages allow only their own scripts and name no other server', async () => {
  const response = await fetch(`${panel.base}/resources/Account`, { headers: { 'x-role': 'owner' } });
  const html = await response.text();
  const nonce = response.headers.get('content-security-policy')?.match(/'nonce-([^']+)'/)?.[1];
  expect(html.match(/<script>/g)).toBeNull();
  expect(html.split(`<script nonce="${nonce}">`)).toHaveLength(3);
  expect(html).not.toMatch(/(?:src|href)="https?:/);
});

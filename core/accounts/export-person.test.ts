import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';
import { addPast } from '../../test/support/history.ts';

let service: TestCore;
beforeAll(async () => {
  service = await startTestCore();
});
afterAll(() => service.close());

test('a person gets all that is kept of them, in pieces, and nothing of anybody else', async () => {
  const { core } = service;
  const { account, userId } = await makeMember(core);
  const { account: other } = await makeMember(core);
  const past = Array.from({ length: 1_100 }, (_, n) => ({ prompt: `picture ${n}`, createdAt: new Date() }));
  await addPast(core, account.id, past);
  await addPast(core, other.id, [{ prompt: 'somebody else’s', createdAt: new Date() }]);
  await core.quotas.grant({ accountId: account.id, images: 5, note: 'welcome' });
  await core.conversations.append({ visitorId: userId, fromBot: false, content: { html: 'hello there' } });
  await core.apiKeys.create({
    ...{ accountId: account.id, name: 'my script', scopes: ['read'], expiresAt: null, dailyCap: null },
  });
  const actor = { id: crypto.randomUUID(), email: 'oscar@example.com' };
  const done = {
    actor,
    action: 'Account.suspend',
    subject: { type: 'Account', id: account.id },
    accountId: account.id,
  };
  await core.audit.act(
    done,
    async () => ({ status: 'active' }),
    async () => {},
  );

  const pieces: string[] = [];
  for await (const piece of await core.accounts.exportPerson(account.id)) pieces.push(piece);
  expect(pieces.length).toBeGreaterThan(20);
  const text = pieces.join('');
  const exported = JSON.parse(text);
  expect(exported.account).toMatchObject({ email: account.email });
  expect(exported.chats).toMatchObject([{ platformUserId: userId }]);
  expect(new Set(exported.generations.map(({ prompt }: { prompt: string }) => prompt)).size).toBe(1_100);
  expect(exported.images).toHaveLength(1_100);
  expect(exported.quota_ledger).toMatchObject([{ kind: 'grant', images: 5, note: 'welcome' }]);
  expect(exported.web_chat).toMatchObject([{ content: { html: 'hello there' } }]);
  expect(exported.api_keys).toMatchObject([{ name: 'my script' }]);
  expect(exported.done_by_operators).toMatchObject([{ action: 'Account.suspend', before: { status: 'active' } }]);
  expect(text).not.toMatch(/oscar|keyHash|passwordHash|sessionEpoch|somebody else|storageKey/);
  expect(text).not.toContain(actor.id);
  await expect(core.accounts.exportPerson(crypto.randomUUID())).rejects.toMatchObject({ code: 'not_found' });
});

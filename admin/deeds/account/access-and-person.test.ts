import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeMember } from '../../../test/support/core.ts';
import { deedsOf } from '../../../test/support/deeds.ts';
import { type Panel, type Staff, startPanel } from '../../../test/support/panel.ts';

let panel: Panel;
let deeds: ReturnType<typeof deedsOf>;
beforeAll(async () => {
  panel = await startPanel();
  deeds = deedsOf(panel);
});
afterAll(() => panel.close());

const success = expect.objectContaining({ type: 'success' });
const member = async () => (await makeMember(panel.core)).account;
const send = (id: string, name: string, form?: Record<string, string>, as?: Staff) =>
  deeds.send('Account', id, name, form, as);

describe('access', () => {
  const signIn = async (accountId: string, device: string) => {
    const { sessions, database } = panel.core;
    const { sessionEpoch: epoch } = await database.prisma.account.findUniqueOrThrow({ where: { id: accountId } });
    const id = crypto.randomUUID();
    const signedIn = { accountId, epoch, at: Date.now(), device, address: '192.0.2.1' };
    await sessions.write(id, JSON.stringify({ cookie: {}, signedIn }), 600);
    await sessions.enlist(accountId, id);
    return id;
  };

  test('sessions are listed, one is ended, then all', async () => {
    const id = panel.ids.viewer;
    const [first] = [await signIn(id, 'Firefox · Linux'), await signIn(id, 'Chrome · Android')];
    const [sessions] = (await deeds.open('Account', id, 'endSessions')).fields;
    expect(sessions.choices).toHaveLength(3);
    const firefox = sessions.choices.find(({ label }: { label?: string }) => label?.startsWith('Firefox'));
    expect((await send(id, 'endSessions', { session: firefox.value })).body.notice).toEqual(success);
    expect(await panel.core.sessions.read(first)).toBeNull();
    expect(await panel.core.accounts.openSessions(id)).toHaveLength(1);
    const again = await send(id, 'endSessions', { session: firefox.value });
    expect(again.body.record.errors.session.message).toBe('There is nothing to do here.');
    expect((await send(id, 'endSessions', { session: 'all' })).body.notice).toEqual(success);
    expect(await panel.core.accounts.openSessions(id)).toEqual([]);
    expect((await deeds.audit(id))[0]).toMatchObject({ before: { sessions: 1 }, after: { sessions: 0 } });
    // An operator signs no owner out.
    expect((await send(panel.ids.owner, 'endSessions', { session: 'all' })).body.notice.type).toBe('error');
  });

  test('all keys end at the next request', async () => {
    const { id } = await member();
    const wanted = { accountId: id, name: 'k', scopes: ['read'] as const, expiresAt: null, dailyCap: null };
    const keys = [await panel.core.apiKeys.create(wanted), await panel.core.apiKeys.create(wanted)];
    await panel.core.apiKeys.verify(keys[0]?.secret as string, '::1');
    expect((await send(id, 'revokeKeys')).body.notice).toEqual(success);
    for (const { secret } of keys)
      await expect(panel.core.apiKeys.verify(secret, '::1')).rejects.toMatchObject({ code: 'key_revoked' });
    expect((await deeds.audit(id))[0]).toMatchObject({ before: { keys: 2 }, after: { keys: 0 } });
    expect((await send(id, 'revokeKeys')).body.notice.type).toBe('error');
  });

  test('a code that a chat waits for is mailed again, and only then', async () => {
    const { id, email } = await member();
    expect((await send(id, 'resendCode')).body.notice.type).toBe('error');
    const chat = { platform: 'telegram', userId: 'waiting', displayName: 'Ada', locale: 'en' } as const;
    await panel.core.accounts.requestLink(chat, email);
    const again = await send(id, 'resendCode');
    expect(again.body.notice.message).toContain('Telegram');
    const codes = await panel.core.database.prisma.emailCode.findMany({
      where: { email },
      orderBy: { createdAt: 'asc' },
    });
    expect(codes).toHaveLength(2);
    expect(codes[0]?.expiresAt.getTime()).toBeLessThanOrEqual(Date.now());
    expect(codes[1]).toMatchObject({ platformUserId: 'waiting' });
    expect((await deeds.audit(id))[0]).toMatchObject({ before: { codes: 1 }, after: { codes: 2 } });
    // Five an hour, as everywhere.
    for (let count = 2; count < 5; count++) await send(id, 'resendCode');
    expect((await send(id, 'resendCode')).body.notice).toMatchObject({ type: 'error' });
  });

  test('roles are for owners, and the last owner stays', async () => {
    const { id } = await member();
    expect((await send(id, 'setRole', { role: 'viewer' })).body.notice.type).toBe('error');
    expect((await panel.core.accounts.get(id)).role).toBe('member');
    expect((await send(id, 'setRole', { role: 'viewer' }, 'owner')).body.notice).toEqual(success);
    expect((await panel.core.accounts.get(id)).role).toBe('viewer');
    expect((await deeds.audit(id))[0]).toMatchObject({ before: { role: 'member' }, after: { role: 'viewer' } });
    const last = await send(panel.ids.owner, 'setRole', { role: 'member' }, 'owner');
    expect(last.body.record.errors.role.message).toContain('last owner');
    expect((await send(id, 'setRole', { role: 'king' }, 'owner')).body.record.errors.role.message).toBe('fault_choice');
  });

  test('an owner takes a lost second factor off, which ends the sessions', async () => {
    const id = panel.ids.viewer;
    const { secondFactor } = panel.core.database.prisma;
    const row = { accountId: id, sealedSecret: new Uint8Array(3), lastStep: 1, createdAt: new Date() };
    await secondFactor.create({ data: row });
    await signIn(id, 'Firefox');
    expect((await send(id, 'resetSecondFactor')).body.notice.type).toBe('error');
    expect((await send(id, 'resetSecondFactor', {}, 'owner')).body.notice).toEqual(success);
    expect(await secondFactor.count()).toBe(0);
    expect(await panel.core.accounts.openSessions(id)).toEqual([]);
    expect((await deeds.audit(id))[0]).toMatchObject({
      before: { secondFactor: row.createdAt.toISOString() },
      after: { secondFactor: null },
    });
    expect((await send(id, 'resetSecondFactor', {}, 'owner')).body.notice.message).toBe('There is nothing to do here.');
  });
});

describe('persons', () => {
  test('another account is weighed, then merged, and the audit of both tells it', async () => {
    const { id } = await member();
    const { account: other, userId } = await makeMember(panel.core);
    const weighed = await send(id, 'merge', { other: other.email });
    expect(weighed.body.weighed).toMatchObject({ identities: 1, images: 0 });
    const done = await send(id, 'merge', { other: other.email.toUpperCase(), weighed: 'yes' });
    expect(done.body.notice).toEqual(success);
    expect((await panel.core.accounts.find('web', userId))?.id).toBe(id);
    for (const subject of [id, other.id])
      expect(await deeds.audit(subject)).toMatchObject([
        { action: 'Account.merge', accountId: subject, before: { identities: 1 }, after: { identities: 2 } },
      ]);
    for (const [typed, message] of [
      ['nobody@example.com', 'No account has'],
      [id, 'same account'],
      ['viewer@example.com', 'runs the service'],
    ] as const) {
      const { errors } = (await send(id, 'merge', { other: typed, weighed: 'yes' })).body.record;
      expect(errors.other.message).toContain(message);
    }
  });

  test('a person is exported as a file, by POST alone, and it is recorded', async () => {
    const { id, email } = await member();
    const path = `/downloads/Account/${id}`;
    const file = await panel.ask(path, { as: 'operator', form: { reason: 'they asked' } });
    expect(JSON.parse(file.text)).toMatchObject({ account: { email }, chats: [{ platform: 'web' }] });
    expect((await deeds.audit(id))[0]).toMatchObject({ action: 'Account.export', reason: 'they asked' });
    expect((await panel.ask(path, { as: 'viewer', form: {} })).status).toBe(403);
    expect((await panel.ask(path, { as: null, form: {} })).status).toBe(401);
    expect((await panel.ask(path, { as: 'operator' })).text).not.toContain(email);
    expect((await panel.ask('/downloads/Account/x', { form: {} })).status).toBe(404);
    expect((await panel.ask(`/downloads/Account/${crypto.randomUUID()}`, { form: {} })).status).toBe(404);
    expect((await deeds.open('Account', id, 'export')).facts).toMatchObject({ identities: 1 });
  });

  test('a person is deleted once the address is typed; the audit stays', async () => {
    const { id, email } = await member();
    const wrong = await send(id, 'deletePerson', { confirmEmail: 'somebody@example.com' });
    expect(wrong.body.record.errors.confirmEmail.message).toContain('not the address');
    const done = await send(id, 'deletePerson', { confirmEmail: ` ${email.toUpperCase()} ` });
    expect(done.body).toMatchObject({ notice: success, redirectUrl: expect.stringMatching(/resources\/Account$/) });
    await expect(panel.core.accounts.get(id)).rejects.toMatchObject({ code: 'not_found' });
    const [entry] = await deeds.audit(id);
    expect(entry).toMatchObject({ before: { identities: 1 }, after: { gone: true } });
    expect(JSON.stringify({ before: entry?.before, after: entry?.after })).not.toContain(email);
    // Gone meanwhile: a sentence, and no fault.
    const gone = await send(id, 'suspend');
    expect(gone.status).toBe(200);
    expect(gone.body.notice.type).toBe('error');
    expect((await send(panel.ids.viewer, 'deletePerson', { confirmEmail: 'x' })).body.notice.type).toBe('error');
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';
import { createPerson, createTestDispatch, type Person } from '../../test/support/person.ts';

describe.each(['en', 'es'])('/apikey (%s)', (locale) => {
  let test: TestCore;
  let person: Person;
  let accountId: string;
  beforeAll(async () => {
    test = await startTestCore();
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    const { account, userId } = await makeMember(test.core);
    accountId = account.id;
    person = createPerson(createTestDispatch(test.core), { platform: 'web', userId, locale });
  });

  const words = (key: string, values = {}) => test.core.words.html(locale, key, values);
  const opens = (key: string) =>
    test.core.apiKeys.verify(key, '192.0.2.1').then(
      () => true,
      (error) => error.code,
    );
  const create = async (line = '/apikey create --name server') => {
    const reply = await person.type(line);
    const key = /esl_live_\w{38}/.exec(reply.html)?.[0] ?? '';
    return { reply, key };
  };

  it('makes a key, shown to its owner once', async () => {
    const { reply, key } = await create('/apikey create --name my server --use read --days 30 --cap 7');
    expect(reply).toMatchObject({ private: true, secret: key });
    expect(reply.html).toContain(words('chat.key_made', { name: 'my server', key }));
    const { key: made } = await test.core.apiKeys.verify(key, '192.0.2.1');
    expect(made).toMatchObject({ accountId, scopes: ['read'], dailyCap: 7 });
    expect(Math.round(((made.expiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000)).toBe(30);
    const list = await person.type('/apikey list');
    expect(list.private).toBe(true);
    expect(list.text).toContain(`my server ${key.slice(0, 13)}…${key.slice(-4)}`);
    expect(list.html).not.toContain(key);
    expect(list.secret).toBeUndefined();
  });

  it('takes the name behind the action too', async () => {
    const { reply, key } = await create('/apikey create my laptop --cap 3');
    expect(reply.html).toContain(words('chat.key_made', { name: 'my laptop', key }));
    expect((await test.core.apiKeys.verify(key, '192.0.2.1')).key).toMatchObject({ dailyCap: 3 });
    await person.type('/apikey revoke my laptop');
    expect(await opens(key)).toBe('key_revoked');
  });

  it('has a name and what most need when nothing is said', async () => {
    const { key } = await create('/apikey create');
    expect((await test.core.apiKeys.verify(key, '192.0.2.1')).key).toMatchObject({
      scopes: ['generate', 'read', 'manage'],
      dailyCap: null,
      expiresAt: null,
    });
  });

  it('revokes by name, by the last four characters, and by the key itself', async () => {
    for (const meant of [() => 'SERVER', (key: string) => key.slice(-4), (key: string) => key]) {
      const { key } = await create();
      expect(await opens(key)).toBe(true);
      const reply = await person.type(`/apikey revoke --name ${meant(key)}`);
      expect(reply.html).toBe(words('chat.key_revoked', { name: 'server', lastFour: key.slice(-4) }));
      expect(await opens(key)).toBe('key_revoked');
    }
    expect((await person.type('/apikey list')).html).toBe(words('chat.keys_none'));
  });

  it('revokes nothing when it is not clear which', async () => {
    const [one, two] = [await create(), await create()];
    const unclear = await person.type('/apikey revoke --name server');
    expect(unclear.text).toContain(`${two.key.slice(-4)}, ${one.key.slice(-4)}`);
    expect((await person.type('/apikey revoke --name sever')).html).toBe(
      words('errors.key_unknown', { name: 'sever' }),
    );
    expect((await person.type(`/apikey revoke --name x${one.key.slice(-4)}`)).html).toContain(`x${one.key.slice(-4)}`);
    expect((await person.type('/apikey revoke')).text).toContain('/apikey revoke --name serv');
    expect([await opens(one.key), await opens(two.key)]).toEqual([true, true]);
  });

  it("cannot reach somebody else's", async () => {
    const { key } = await create();
    const { userId } = await makeMember(test.core);
    const other = createPerson(createTestDispatch(test.core), { platform: 'web', userId, locale });
    await other.type(`/apikey revoke --name ${key.slice(-4)}`);
    expect(await opens(key)).toBe(true);
    expect((await other.type('/apikey list')).html).toBe(words('chat.keys_none'));
  });

  it('makes one key of a request that comes twice', async () => {
    const dispatch = createTestDispatch(test.core);
    const inbound = {
      platform: 'web',
      userId: person.userId,
      displayName: '',
      locale,
      requestId: 'same',
      replyTo: { platform: 'web' },
      action: { type: 'command', name: 'apikey', input: { action: 'create', name: 'server' } },
    } as const;
    const replies = [];
    for (let times = 0; times < 2; times++)
      replies.push(await dispatch.run({ ...inbound, requestId: `${person.userId}:same` }));
    expect(replies[0]?.secret).toMatch(/^esl_live_/);
    expect(replies[1]?.html).toBe(words('errors.key_made_before', { name: 'server' }));
    expect(await test.core.apiKeys.list(accountId)).toHaveLength(1);
  });

  it('asks strangers to link first', async () => {
    const stranger = createPerson(createTestDispatch(test.core), { locale });
    for (const action of ['create', 'list', 'revoke --name a'])
      expect((await stranger.type(`/apikey ${action}`)).html).toBe(words('errors.not_linked'));
  });
});

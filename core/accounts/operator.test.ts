import { verify } from '@node-rs/argon2';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/support/servers.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { ensureOperator } from './operator.ts';

describe('the first operator', () => {
  let server: TestDatabase;
  let database: Database;
  beforeEach(async () => {
    server = await createTestDatabase();
    database = openDatabase({ url: server.url, log: pino({ level: 'silent' }) });
  });
  afterEach(async () => {
    await database.close();
    await server.drop();
  });
  const email = 'boss@example.com';
  const ensure = (password: string | null = null) =>
    ensureOperator({ database, settings: { operator: { email, password } }, clock: () => new Date() });
  const account = () => database.prisma.account.findUniqueOrThrow({ where: { email } });

  it('is made once, with a password that is told once', async () => {
    const first = await ensure();
    expect(first).toMatchObject({ email, madePassword: expect.stringMatching(/^[\w-]{16}$/) });
    expect(await ensure()).toEqual({ id: first.id, email, madePassword: null });
    const { role, passwordHash } = await account();
    expect(role).toBe('owner');
    expect(passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verify(passwordHash as string, first.madePassword as string)).toBe(true);
  });

  it('has the password that was set, which is not told', async () => {
    expect((await ensure('correct horse battery')).madePassword).toBeNull();
    expect(await verify((await account()).passwordHash as string, 'correct horse battery')).toBe(true);
  });

  it('is one, told by one, when processes start together', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => ensure()));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    const told = made.flatMap(({ madePassword }) => madePassword ?? []);
    expect(told).toHaveLength(1);
    expect(await verify((await account()).passwordHash as string, told[0] as string)).toBe(true);
  });

  it('may be a member already, who keeps account and plan and can sign in with the told password', async () => {
    const id = crypto.randomUUID();
    await database.prisma.account.create({ data: { id, email, planSlug: 'free' } });
    const made = await Promise.all([ensure(), ensure(), ensure()]);
    const told = made.flatMap(({ madePassword }) => madePassword ?? []);
    expect(told).toHaveLength(1);
    const now = await account();
    expect(now).toMatchObject({ id, role: 'owner', planSlug: 'free' });
    expect(await verify(now.passwordHash as string, told[0] as string)).toBe(true);
  });
});

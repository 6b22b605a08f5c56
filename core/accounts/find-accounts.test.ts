import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember, startTestCore, type TestCore } from '../../test/support/core.ts';
import { addPast } from '../../test/support/history.ts';

let service: TestCore;
beforeAll(async () => {
  service = await startTestCore();
});
afterAll(() => service.close());

test('a member is found by parts of address and chat name, and by every id', async () => {
  const { core } = service;
  const { prisma } = core.database;
  const { account, userId } = await makeMember(core);
  await makeMember(core);
  await prisma.identity.updateMany({ where: { platformUserId: userId }, data: { displayName: 'Ada_50% Lövelace' } });
  await prisma.account.update({ where: { id: account.id }, data: { stripeCustomerId: 'cus_ada' } });
  const [generation] = await addPast(core, account.id, [{ createdAt: new Date() }]);
  const texts = ['lövel', 'ad', 'ada_50%', '@Ada', account.email.toUpperCase(), account.email.slice(0, 8)];
  for (const text of [...texts, userId, account.id, 'cus_ada', generation as string, ` ${userId} `])
    expect(await core.accounts.search(text), text).toContain(account.id);
  // What is a sign to look by for the database is only a sign here.
  for (const text of ['ada%love', 'ada-50', '', '   ', 'a\0b', `${userId.slice(0, -1)}x`])
    expect(await core.accounts.search(text), text).not.toContain(account.id);
});

test('among many accounts an index answers', async () => {
  const { pool } = service.core.database;
  await pool.query(`
    INSERT INTO accounts (id, email) SELECT gen_random_uuid(), md5(n::text) || '@example.com' FROM generate_series(1, 20000) n`);
  await pool.query(`
    INSERT INTO identities (id, platform, platform_user_id, account_id, display_name)
    SELECT gen_random_uuid(), 'discord', 'd' || row_number() OVER (), id, md5(email) FROM accounts`);
  await pool.query('VACUUM ANALYZE accounts');
  await pool.query('VACUUM ANALYZE identities');
  for (const [table, column] of [
    ['accounts', 'email'],
    ['identities', 'lower(display_name)'],
  ])
    for (const part of ['%abcdef%', 'zz%']) {
      const { rows } = await pool.query(`EXPLAIN SELECT FROM ${table} WHERE ${column} LIKE '${part}' LIMIT 500`);
      expect(rows.map((row) => row['QUERY PLAN']).join('\n'), `${table} ${part}`).not.toContain('Seq Scan');
    }
});

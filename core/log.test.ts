import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test/support/servers.ts';
import { type Database, openDatabase } from './database/database.ts';
import { describeError } from './log.ts';

describe('an error in the log', () => {
  let server: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    server = await createTestDatabase();
    database = openDatabase({ url: server.url, log: pino({ level: 'silent' }) });
  });
  afterAll(async () => {
    await database.close();
    await server.drop();
  });
  const caught = (work: Promise<unknown>) =>
    work.then(
      () => Promise.reject(new Error('it worked')),
      (error) => error,
    );

  it('is told by its kind, its words and its place', () => {
    expect(describeError(new TypeError('no function', { cause: new Error('no network') }))).toEqual({
      type: 'TypeError',
      message: 'no function: no network',
      stack: expect.stringMatching(/log\.test\.ts[\s\S]*caused by: Error: no network/),
    });
    expect(describeError('a text')).toBe('a text');
  });

  it('does not tell the row that the database refused', async () => {
    const insert = "INSERT INTO outbox (topic, payload, created_at) VALUES ('secret prompt', '{}', NULL)";
    const error = await caught(database.pool.query(insert));
    expect(error.detail).toContain('secret prompt');
    const told = JSON.stringify(describeError(error));
    expect(told).toContain('not-null constraint');
    expect(told).not.toContain('secret prompt');
  });

  it('does not tell what Prisma was asked to write', async () => {
    const data = { topic: 'secret prompt', payload: {}, createdAt: 'no date' };
    const error = await caught(database.prisma.outbox.create({ data }));
    const told = JSON.stringify(describeError(error));
    expect(told).toContain('createdAt');
    expect(told).not.toContain('secret prompt');
  });
});

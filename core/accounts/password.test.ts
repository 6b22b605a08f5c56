import { hash } from '@node-rs/argon2';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestCore, type TestCore } from '../../test/support/core.ts';
import { passwordParameters } from './operator.ts';

let service: TestCore;
let accountId: string;
let email: string;
const password = 'correct horse battery';
const next = 'staple of the orchard';

beforeAll(async () => {
  service = await startTestCore();
});
afterAll(() => service.close());

beforeEach(async () => {
  accountId = crypto.randomUUID();
  email = `${accountId}@example.com`;
  const passwordHash = await hash(password, passwordParameters);
  await service.core.database.prisma.account.create({ data: { id: accountId, email, role: 'operator', passwordHash } });
});

const change = (given: Partial<{ current: string; next: string; address: string }> = {}) =>
  service.core.accounts.changePassword({ accountId, current: password, next, address: '192.0.2.1', ...given });
const signIn = (given: string) => service.core.accounts.signIn({ email, password: given, address: '192.0.2.1' });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error) => error.code,
  );

test('the new password opens the account, the old one does not, and all sessions have ended', async () => {
  expect(await change()).toBe(1);
  expect(await codeOf(signIn(password))).toBe('sign_in_failed');
  expect(await signIn(next)).toMatchObject({ accountId, epoch: 1 });
});

test('it takes the present password, and a new one that is long enough', async () => {
  expect(await codeOf(change({ current: 'wrong' }))).toBe('password_wrong');
  expect(await codeOf(change({ next: 'eleven char' }))).toBe('password_length');
  expect(await codeOf(change({ next: 'x'.repeat(257) }))).toBe('password_length');
  expect(await signIn(password)).toMatchObject({ epoch: 0 });
});

test('the longest password works whole', async () => {
  const longest = 'ñ'.repeat(256);
  await change({ next: longest });
  expect(await codeOf(signIn(longest.slice(1)))).toBe('sign_in_failed');
  expect(await signIn(longest)).toMatchObject({ accountId });
});

test('of two changes at once one is made', async () => {
  const answers = await Promise.all([codeOf(change()), codeOf(change({ next: 'another new password' }))]);
  expect(answers.sort()).toEqual(['done', 'password_wrong']);
});

test('who found somebody signed in cannot guess the password there', async () => {
  const guesses = Array.from({ length: 12 }, () => codeOf(change({ current: 'wrong' })));
  const answers = await Promise.all(guesses);
  expect(answers.filter((answer) => answer === 'password_wrong')).toHaveLength(5);
  expect(await codeOf(change())).toBe('too_many_attempts');
});

test('a password made up at the command line ends all sessions', async () => {
  const made = await service.core.accounts.resetPassword(accountId);
  expect(made).toMatch(/^[\w-]{16}$/);
  expect(await signIn(made)).toMatchObject({ accountId, epoch: 1 });
  expect(await codeOf(service.core.accounts.resetPassword(crypto.randomUUID()))).toBe('not_found');
});

import { hash } from '@node-rs/argon2';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestCore, type TestCore } from '../../test/support/core.ts';
import { networkOf } from './attempts.ts';
import { passwordParameters } from './operator.ts';

let service: TestCore;
let email: string;
const password = 'correct horse battery';

beforeAll(async () => {
  service = await startTestCore();
});
afterAll(() => service.close());

beforeEach(async () => {
  email = `${crypto.randomUUID()}@example.com`;
  const passwordHash = await hash(password, passwordParameters);
  await service.core.database.prisma.account.create({
    data: { id: crypto.randomUUID(), email, role: 'operator', passwordHash },
  });
});

const signIn = (given: Partial<{ email: string; password: string; address: string }> = {}, core = service.core) =>
  core.accounts.signIn({ email, password, address: '192.0.2.1', ...given });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'signed in',
    (error) => error.code,
  );

test('the right password tells whose it is, however the address is written', async () => {
  const proved = await signIn({ email: ` ${email.toUpperCase()} ` });
  const { id } = await service.core.database.prisma.account.findUniqueOrThrow({ where: { email } });
  expect(proved).toEqual({ accountId: id, epoch: 0, needsSecondFactor: false });
});

test('unknown addresses, accounts without a password and wrong passwords are answered alike', async () => {
  const without = `${crypto.randomUUID()}@example.com`;
  await service.core.database.prisma.account.create({ data: { id: crypto.randomUUID(), email: without } });
  const answers = await Promise.all([
    codeOf(signIn({ password: 'wrong' })),
    codeOf(signIn({ email: 'nobody@example.com' })),
    codeOf(signIn({ email: without, password: '' })),
  ]);
  expect(answers).toEqual(['sign_in_failed', 'sign_in_failed', 'sign_in_failed']);
});

test('an unknown address takes as long as a known one', async () => {
  const known: number[] = [];
  const unknown: number[] = [];
  const time = async (spans: number[], given: { email: string; address: string }) => {
    const began = performance.now();
    await codeOf(signIn({ ...given, password: 'wrong' }));
    spans.push(performance.now() - began);
  };
  // In turn, so that whatever else the machine does slows both.
  for (let run = 0; run < 25; run++) {
    const address = `198.51.100.${run}`;
    await time(known, { email, address });
    await time(unknown, { email: `${crypto.randomUUID()}@example.com`, address });
  }
  const median = (spans: number[]) => spans.sort((a, b) => a - b)[12] as number;
  // Without a hash to compare with it would be several times quicker.
  expect(median(unknown) / median(known)).toBeGreaterThan(0.6);
  expect(median(unknown) / median(known)).toBeLessThan(1.6);
});

test('of many guesses at once over two processes five are compared', async () => {
  const other = await service.another();
  const guesses = Array.from({ length: 60 }, (_, guess) =>
    codeOf(signIn({ password: `guess ${guess}` }, guess % 2 ? other : service.core)),
  );
  const answers = await Promise.all(guesses);
  expect(answers.filter((code) => code === 'sign_in_failed')).toHaveLength(5);
  expect(answers.filter((code) => code === 'too_many_attempts')).toHaveLength(55);
  await expect(signIn()).rejects.toMatchObject({ code: 'too_many_attempts', values: { count: 15 } });
});

test('of guesses from ever new places over two processes a hundred an account are compared', async () => {
  const other = await service.another();
  const answers: string[] = [];
  for (let turn = 0; turn < 11; turn++) {
    const guesses = Array.from({ length: 10 }, (_, guess) => {
      const address = `10.0.${turn}.${guess}`;
      return codeOf(signIn({ password: 'wrong', address }, guess % 2 ? other : service.core));
    });
    answers.push(...(await Promise.all(guesses)));
  }
  expect(answers.filter((code) => code === 'sign_in_failed')).toHaveLength(100);
  expect(answers.filter((code) => code === 'too_many_attempts')).toHaveLength(10);
  expect(await codeOf(signIn({ address: '10.1.0.0' }))).toBe('too_many_attempts');
});

test('who guesses from one place locks nobody out elsewhere', async () => {
  for (let guess = 0; guess < 20; guess++) await codeOf(signIn({ password: 'wrong', address: '203.0.113.7' }));
  expect(await codeOf(signIn({ address: '203.0.113.8' }))).toBe('signed in');
});

test('one address cannot try the same password on account after account, over two processes', async () => {
  const other = await service.another();
  const answers: string[] = [];
  for (let guess = 0; guess < 62; guess++) {
    const given = { email: `person-${guess}@example.com`, address: '203.0.113.99' };
    answers.push(await codeOf(signIn(given, guess % 2 ? other : service.core)));
  }
  expect(answers.slice(0, 60)).toEqual(Array(60).fill('sign_in_failed'));
  expect(answers.slice(60)).toEqual(['too_many_attempts', 'too_many_attempts']);
});

test('who signs in does not use up tries', async () => {
  for (let time = 0; time < 8; time++) expect(await codeOf(signIn())).toBe('signed in');
});

test('a suspended account is told so only after the right password', async () => {
  const { accountId } = await signIn();
  await service.core.accounts.setStatus(accountId, 'suspended');
  expect(await codeOf(signIn({ password: 'wrong' }))).toBe('sign_in_failed');
  expect(await codeOf(signIn())).toBe('account_suspended');
});

test('nothing is compared while Redis is away', async () => {
  await service.redis.kill();
  expect(await codeOf(signIn())).toBe('unavailable');
  await service.redis.restart();
  await expect.poll(() => codeOf(signIn()), { timeout: 10_000 }).toBe('signed in');
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:DB8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

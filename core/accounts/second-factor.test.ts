import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestCore, type TestCore } from '../../test/support/core.ts';

let service: TestCore;
let account: { id: string; email: string };
let now = Date.UTC(2027, 0, 1);
const nonce = 'a session';
const address = '192.0.2.1';

beforeAll(async () => {
  service = await startTestCore({ clock: () => new Date(now) });
});
afterAll(() => service.close());

beforeEach(async () => {
  const id = crypto.randomUUID();
  account = { id, email: `${id}@example.com` };
  await service.core.database.prisma.account.create({ data: { ...account, role: 'operator' } });
  now += 60_000;
});

const factor = (core = service.core) => core.accounts.secondFactor;
const codeAt = (secret: string, seconds = 0) =>
  TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: now + seconds * 1000 });
const check = (code: string, { from = address, core = service.core } = {}) =>
  factor(core)
    .check({ accountId: account.id, code, address: from })
    .catch((error) => error.code);

/** Sets it up, and goes on to the next step. */
async function enrol() {
  const { secret } = factor().propose(account, nonce);
  const { codes } = await factor().enrol(account, nonce, codeAt(secret));
  now += 30_000;
  return { secret, codes };
}
const epoch = async () => (await service.core.accounts.readStanding(account.id))?.epoch;

test('setting it up takes a code of the app, gives ten recovery codes, and ends all sessions', async () => {
  const { secret } = factor().propose(account, nonce);
  await expect(factor().enrol(account, nonce, codeAt(secret, 90))).rejects.toMatchObject({
    code: 'second_factor_wrong',
  });
  expect(await factor().status(account.id)).toBeNull();
  const code = codeAt(secret);
  const enrolled = await factor().enrol(account, nonce, `${code.slice(0, 3)} ${code.slice(3)}`);
  expect(enrolled.epoch).toBe(1);
  expect(await epoch()).toBe(1);
  expect(new Set(enrolled.codes).size).toBe(10);
  for (const one of enrolled.codes) expect(one).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
  expect(await factor().status(account.id)).toEqual({ since: new Date(now), recoveryCodesLeft: 10 });
  expect(await service.core.accounts.readStanding(account.id)).toMatchObject({ hasSecondFactor: true });
});

test('it is set up once, also by two browsers at once', async () => {
  const attempts = ['one', 'two', 'three'].map((browser) =>
    factor()
      .enrol(account, browser, codeAt(factor().propose(account, browser).secret))
      .then(
        () => browser,
        (error) => error.code,
      ),
  );
  const answers = await Promise.all(attempts);
  expect(answers.filter((answer) => answer === 'second_factor_exists')).toHaveLength(2);
  expect(await factor().status(account.id)).toMatchObject({ recoveryCodesLeft: 10 });
  // What the one was shown is what works.
  const winner = answers.find((answer) => answer !== 'second_factor_exists');
  now += 30_000;
  expect(await check(codeAt(factor().propose(account, winner).secret))).toBe('app');
});

test('the database holds neither the secret nor a recovery code', async () => {
  const { secret, codes } = await enrol();
  const { prisma } = service.core.database;
  const kept = await prisma.secondFactor.findUniqueOrThrow({ where: { accountId: account.id } });
  const hashes = await prisma.recoveryCode.findMany({ where: { accountId: account.id } });
  const bytes = Buffer.concat([kept.sealedSecret, ...hashes.map(({ codeHash }) => codeHash)]);
  for (const text of [secret, ...codes, ...codes.map((code) => code.replace('-', ''))]) {
    expect(bytes.includes(text)).toBe(false);
  }
  expect(service.logged.join('\n')).not.toContain(secret);
});

test('a code works once, and none before it afterwards', async () => {
  const { secret } = await enrol();
  // The code that set it up is used as well.
  expect(await check(codeAt(secret, -30))).toBe('second_factor_wrong');
  expect(await check(codeAt(secret, 30))).toBe('app');
  expect(await check(codeAt(secret, 30))).toBe('second_factor_wrong');
  expect(await check(codeAt(secret))).toBe('second_factor_wrong');
  now += 60_000;
  expect(await check(codeAt(secret))).toBe('app');
});

test('codes of long ago or of later do not work', async () => {
  const { secret } = await enrol();
  expect(await check(codeAt(secret, 60))).toBe('second_factor_wrong');
  now += 600_000;
  expect(await check(codeAt(secret, -60))).toBe('second_factor_wrong');
});

test('the right code 50 times at once over two processes is taken once', async () => {
  const { secret } = await enrol();
  const other = await service.another();
  const code = codeAt(secret);
  const answers = await Promise.all(
    // From many places, since from one five would be compared.
    Array.from({ length: 50 }, (_, index) =>
      check(code, { from: `192.0.2.${index}`, core: index % 2 ? other : service.core }),
    ),
  );
  expect(answers.filter((answer) => answer === 'app')).toHaveLength(1);
  expect(answers.filter((answer) => answer === 'second_factor_wrong').length).toBeGreaterThan(10);
});

test('a recovery code 50 times at once over two processes is taken once', async () => {
  const { codes } = await enrol();
  const other = await service.another();
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      check(codes[0] as string, { from: `192.0.2.${index}`, core: index % 2 ? other : service.core }),
    ),
  );
  expect(answers.filter((answer) => answer === 'recovery')).toHaveLength(1);
  expect(answers.filter((answer) => answer === 'recovery_code_wrong').length).toBeGreaterThan(10);
  expect(await factor().status(account.id)).toMatchObject({ recoveryCodesLeft: 9 });
});

test('a recovery code may be written as people write', async () => {
  const { codes } = await enrol();
  const [first = '', second = ''] = codes;
  expect(await check(first.toLowerCase().replace('-', ''))).toBe('recovery');
  expect(await check(` ${second.replaceAll('0', 'o').replaceAll('1', 'l')} `)).toBe('recovery');
});

test('new recovery codes void the old', async () => {
  const { secret, codes } = await enrol();
  const renewed = await factor().renewRecoveryCodes({ accountId: account.id, code: codeAt(secret), address });
  expect(renewed).toHaveLength(10);
  expect(await check(codes[0] as string)).toBe('recovery_code_wrong');
  expect(await check(renewed[0] as string)).toBe('recovery');
});

test('of many guesses from one place over two processes five are compared', async () => {
  const { secret } = await enrol();
  const other = await service.another();
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      check(codeAt(secret, 3600 * (index + 2)), { core: index % 2 ? other : service.core }),
    ),
  );
  expect(answers.filter((answer) => answer === 'second_factor_wrong')).toHaveLength(5);
  expect(answers.filter((answer) => answer === 'too_many_attempts')).toHaveLength(35);
  expect(await check(codeAt(secret))).toBe('too_many_attempts');
});

test('of many guesses from many places twenty are compared', async () => {
  const { secret } = await enrol();
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) => check('nonsense', { from: `198.51.100.${index}` })),
  );
  expect(answers.filter((answer) => answer === 'recovery_code_wrong')).toHaveLength(20);
  expect(await check(codeAt(secret), { from: '203.0.113.200' })).toBe('too_many_attempts');
});

test('nothing is compared while Redis is away', async () => {
  const { secret } = await enrol();
  await service.redis.kill();
  expect(await check(codeAt(secret))).toBe('unavailable');
  await service.redis.restart();
  await expect.poll(() => check(codeAt(secret)), { timeout: 10_000 }).toBe('app');
});

test('taken off, the account opens by password alone, and its sessions have ended', async () => {
  const { secret, codes } = await enrol();
  expect(await factor().remove(account.id)).toEqual({ existed: true, epoch: 2 });
  expect(await factor().status(account.id)).toBeNull();
  expect(await check(codeAt(secret))).toBe('second_factor_wrong');
  expect(await check(codes[0] as string)).toBe('recovery_code_wrong');
  expect(await factor().remove(account.id)).toEqual({ existed: false, epoch: 3 });
  await expect(factor().remove(crypto.randomUUID())).rejects.toMatchObject({ code: 'not_found' });
});

test('a secret sealed with another SECRET_KEY opens nothing, and the log says what to do', async () => {
  const { secret } = await enrol();
  await service.core.database.prisma.secondFactor.update({
    where: { accountId: account.id },
    data: { sealedSecret: Buffer.alloc(61, 1) },
  });
  expect(await check(codeAt(secret))).toBe('second_factor_wrong');
  expect(service.logged.join('\n')).toContain('account second-factor reset');
});

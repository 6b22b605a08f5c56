import { Secret, TOTP } from 'otpauth';
import { expect, test } from 'vitest';
import { createTimeCodes } from './time-code.ts';

const codes = createTimeCodes({ key: new Uint8Array(32), issuer: 'Easel example.com' });
const account = { id: 'a', email: 'ann@example.com' };
/** The secret of RFC 6238's own examples. */
const secret = new Secret({ buffer: Uint8Array.from(Buffer.from('12345678901234567890')).buffer }).base32;

test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('at %d seconds the code is as in RFC 6238', (seconds, code) => {
  expect(codes.findStep(secret, code, new Date(seconds * 1000))).toBe(Math.floor(seconds / 30));
});

test('a code is taken one step early and one late, and is named by its own step', () => {
  const code = TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: 3_000_000 });
  const at = (seconds: number) => codes.findStep(secret, code, new Date(3_000_000 + seconds * 1000));
  expect([-31, -30, 0, 29, 59, 60].map(at)).toEqual([null, 100, 100, 100, 100, null]);
});

test.each(['', '28708', '2870822', 'abcdef', '２８７０８２'])('%j is no code', (code) => {
  expect(codes.findStep(secret, code, new Date(59_000))).toBeNull();
});

test('the same is proposed again to the same browser, and to no other', () => {
  const first = codes.propose(account, 'nonce');
  expect(first.secret).toMatch(/^[A-Z2-7]{32}$/);
  expect(codes.propose(account, 'nonce')).toEqual(first);
  expect(codes.propose(account, 'other').secret).not.toBe(first.secret);
  expect(codes.propose({ ...account, id: 'b' }, 'nonce').secret).not.toBe(first.secret);
});

test('apps read whose code it is', () => {
  const { secret: proposed, address } = codes.propose(account, 'nonce');
  const url = new URL(address);
  expect(url.protocol + url.host).toBe('otpauth:totp');
  expect(decodeURIComponent(url.pathname)).toBe('/Easel example.com:ann@example.com');
  expect(url.searchParams.get('secret')).toBe(proposed);
  expect(url.searchParams.get('issuer')).toBe('Easel example.com');
});

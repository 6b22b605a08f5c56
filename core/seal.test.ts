import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSeal } from './seal.ts';

const key = randomBytes(32);
const { seal, open } = createSeal(key);

test('what was sealed for an owner opens for that owner', () => {
  expect(open('row-1', seal('row-1', 'a señal'))).toBe('a señal');
  expect(Buffer.from(seal('row-1', 'a señal')).includes('a señal')).toBe(false);
});

test('the same text is never sealed alike', () => {
  expect(seal('row-1', 'text')).not.toEqual(seal('row-1', 'text'));
});

test('another owner, another key, cut or altered bytes open nothing', () => {
  const sealed = seal('row-1', 'text');
  expect(open('row-2', sealed)).toBeNull();
  expect(createSeal(randomBytes(32)).open('row-1', sealed)).toBeNull();
  expect(open('row-1', sealed.subarray(0, 20))).toBeNull();
  expect(open('row-1', new Uint8Array())).toBeNull();
  for (let index = 0; index < sealed.length; index++) {
    const altered = Uint8Array.from(sealed);
    altered[index] = (altered[index] as number) ^ 1;
    expect(open('row-1', altered), `byte ${index}`).toBeNull();
  }
});

import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.ts';

const commands = [
  'imagine',
  'show',
  'queue',
  'cancel',
  'quota',
  'link',
  'verify',
  'account',
  'unlink',
  'start',
  'help',
];

describe('the nearest names', () => {
  it.each([
    ['imagin', 'imagine'],
    ['IMAGINE', 'imagine'],
    ['imgaine', 'imagine'],
    ['hlep', 'help'],
    ['canel', 'cancel'],
    ['veryfi', 'verify'],
  ])('to %s begin with %s', (typed, name) => {
    expect(nearest(typed, commands)[0]).toBe(name);
  });

  it('are found by a part', () => {
    expect(nearest('link', commands).slice(0, 2).sort()).toEqual(['link', 'unlink']);
    expect(nearest('schnell', ['flux-schnell', 'flux-dev'])).toEqual(['flux-schnell']);
  });

  it.each(['', 'xyzzy-quux', '日本語', '🦊🦊🦊🦊🦊🦊🦊', '__proto__'])('to %j are none', (typed) => {
    expect(nearest(typed, commands)).toEqual([]);
  });

  it('are three at most', () => {
    expect(nearest('a', ['aa', 'ab', 'ac', 'ad'])).toHaveLength(3);
  });

  it('to ten megabytes are none, at once', () => {
    const started = performance.now();
    expect(nearest('imagine'.repeat(1_500_000), commands)).toEqual([]);
    expect(performance.now() - started).toBeLessThan(50);
  });
});

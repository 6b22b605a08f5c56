import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const mark = 'esl_live_';
/** 190 bits. What is shown of a key, its first and last characters, leaves more than 128 of them unknown. */
const randomLength = 32;
/** Enough for 32 bits. */
const checkLength = 6;
const shape = new RegExp(`^${mark}[0-9A-Za-z]{${randomLength + checkLength}}$`);

/** A new key: a mark by which leaks can be searched for, random characters, and a checksum over both. */
export function makeKey(): string {
  const random = Array.from({ length: randomLength }, () => alphabet[randomInt(alphabet.length)]).join('');
  return mark + random + checksum(mark + random);
}

/** Whether a text can be a key of ours at all: a mistyped or shortened one is known without asking anybody. */
export function isWellFormed(text: string): boolean {
  return shape.test(text) && checksum(text.slice(0, -checkLength)) === text.slice(-checkLength);
}

/** What may be shown of a key. */
export function shownParts(key: string): { prefix: string; lastFour: string } {
  return { prefix: key.slice(0, mark.length + 4), lastFour: key.slice(-4) };
}

/** Whether there is anything like a key of ours in a text. */
export function holdsKey(text: string): boolean {
  return trace.test(text);
}

/** A text with the keys in it masked, for where texts are kept. */
export function hideKeys(text: string): string {
  return text.replaceAll(new RegExp(`${trace.source}+`, 'g'), `${mark}••••••`);
}

const trace = new RegExp(`${mark}[0-9A-Za-z]`);

function checksum(text: string): string {
  let rest = crc32(text);
  let written = '';
  for (let place = 0; place < checkLength; place++) {
    written = alphabet[rest % alphabet.length] + written;
    rest = Math.floor(rest / alphabet.length);
  }
  return written;
}

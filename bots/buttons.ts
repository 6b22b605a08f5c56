import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../core/index.ts';
import type { ActionName } from './chat.ts';

const actions: readonly ActionName[] = ['cancel', 'again', 'delete', 'buy'];
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Button data: `<action>.<uuid, base64url>.<signature>`, or `~` and a slug in place of the uuid, at most 64 bytes, as
 * Telegram allows. Nothing expires in it, so a button works after a restart and a year later; what it means now is looked up
 * in Postgres when it is pressed.
 */
export function createButtonCodec({ key }: { key: Uint8Array }) {
  const sign = (text: string) => createHmac('sha256', key).update(text).digest().subarray(0, 12).toString('base64url');

  function encode(action: ActionName, id: string): string {
    const packed = uuid.test(id) ? Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url') : `~${id}`;
    const text = `${action}.${packed}`;
    return `${text}.${sign(text)}`;
  }

  /** Throws AppError `button_invalid` for anything that this installation did not sign. */
  function decode(data: string): { action: ActionName; id: string } {
    const [name = '', packed = '', signature = ''] = data.split('.');
    const action = actions.find((known) => known === name);
    const expected = Buffer.from(sign(`${name}.${packed}`));
    const given = Buffer.from(signature);
    if (!action || given.length !== expected.length || !timingSafeEqual(given, expected))
      throw new AppError('button_invalid');
    if (packed.startsWith('~')) return { action, id: packed.slice(1) };
    const hex = Buffer.from(packed, 'base64url').toString('hex');
    return { action, id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') };
  }

  return { encode, decode };
}

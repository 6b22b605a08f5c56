import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const version = 1;
const ivBytes = 12;
const tagBytes = 16;

export type Seal = ReturnType<typeof createSeal>;

/**
 * Keeps secrets in Postgres so that a copy of the database is worth nothing: AES-256-GCM, bound to the
 * row that it belongs to, laid out as version, iv, tag, text.
 * @param key 32 bytes, of one purpose alone
 */
export function createSeal(key: Uint8Array) {
  /** `owner` is the id of the row: what was sealed for one opens for no other. */
  function seal(owner: string, text: string): Uint8Array<ArrayBuffer> {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
    return new Uint8Array(Buffer.concat([Buffer.of(version), iv, cipher.getAuthTag(), sealed]));
  }

  /** Null for whatever was not sealed here: another SECRET_KEY, another owner, other bytes. */
  function open(owner: string, sealed: Uint8Array): string | null {
    try {
      return read(key, owner, Buffer.from(sealed));
    } catch {
      return null;
    }
  }

  return { seal, open };
}

function read(key: Uint8Array, owner: string, bytes: Buffer): string {
  if (bytes[0] !== version) throw new Error('this was sealed in a way that is not known');
  const iv = bytes.subarray(1, 1 + ivBytes);
  const tag = bytes.subarray(1 + ivBytes, 1 + ivBytes + tagBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes })
    .setAAD(Buffer.from(owner))
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(bytes.subarray(1 + ivBytes + tagBytes)), decipher.final()]).toString();
}

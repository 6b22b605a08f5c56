import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';

/** What an endpoint signs with. After a rotation the old secret signs too, until its time is over. */
export type SigningSecrets = { current: string; previous: { secret: string; until: string } | null };

const schema = z.object({
  current: z.string(),
  previous: z.object({ secret: z.string(), until: z.iso.datetime() }).nullable(),
});

const version = 1;
const ivBytes = 12;
const tagBytes = 16;

/** 32 random bytes as Standard Webhooks writes them: `whsec_` and base64. */
export function makeSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/**
 * Keeps secrets in Postgres so that a copy of the database signs nothing: AES-256-GCM, bound to the
 * endpoint, laid out as version, iv, tag, text.
 */
export function createSeal(key: Uint8Array) {
  function seal(endpointId: string, secrets: SigningSecrets): Uint8Array<ArrayBuffer> {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(endpointId));
    const text = Buffer.concat([cipher.update(JSON.stringify(secrets)), cipher.final()]);
    return new Uint8Array(Buffer.concat([Buffer.of(version), iv, cipher.getAuthTag(), text]));
  }

  function read(endpointId: string, sealed: Uint8Array): SigningSecrets {
    const bytes = Buffer.from(sealed);
    if (bytes[0] !== version) throw new Error('this webhook secret was sealed in a way that is not known');
    const iv = bytes.subarray(1, 1 + ivBytes);
    const tag = bytes.subarray(1 + ivBytes, 1 + ivBytes + tagBytes);
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes })
      .setAAD(Buffer.from(endpointId))
      .setAuthTag(tag);
    const text = Buffer.concat([decipher.update(bytes.subarray(1 + ivBytes + tagBytes)), decipher.final()]);
    return schema.parse(JSON.parse(text.toString()));
  }

  /** Null for whatever was not sealed here: another SECRET_KEY, another endpoint, other bytes. */
  function open(endpointId: string, sealed: Uint8Array): SigningSecrets | null {
    try {
      return read(endpointId, sealed);
    } catch {
      return null;
    }
  }

  return { seal, open };
}

export type Seal = ReturnType<typeof createSeal>;

import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { createSeal as createTextSeal } from '../seal.ts';

/** What an endpoint signs with. After a rotation the old secret signs too, until its time is over. */
export type SigningSecrets = { current: string; previous: { secret: string; until: string } | null };

const schema = z.object({
  current: z.string(),
  previous: z.object({ secret: z.string(), until: z.iso.datetime() }).nullable(),
});

/** 32 random bytes as Standard Webhooks writes them: `whsec_` and base64. */
export function makeSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Keeps an endpoint's secrets in Postgres so that a copy of the database signs nothing. */
export function createSeal(key: Uint8Array) {
  const { seal, open } = createTextSeal(key);
  return {
    seal: (endpointId: string, secrets: SigningSecrets) => seal(endpointId, JSON.stringify(secrets)),
    /** Null for whatever was not sealed here: another SECRET_KEY, another endpoint, other bytes. */
    open(endpointId: string, sealed: Uint8Array): SigningSecrets | null {
      const text = open(endpointId, sealed);
      return text === null ? null : schema.parse(JSON.parse(text));
    },
  };
}

export type Seal = ReturnType<typeof createSeal>;

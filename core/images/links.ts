import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';

/** A link is good for at least a day; those made within the same hour are the same, so that they can be kept. */
const goodForMs = 24 * 3_600_000;
const stepMs = 3_600_000;

export type PictureLinks = ReturnType<typeof createPictureLinks>;

/** Links to pictures that open without a key, for a while. */
export function createPictureLinks({ key, publicUrl, clock }: { key: Uint8Array; publicUrl: string; clock: Clock }) {
  const sign = (imageId: string, expires: number) =>
    createHmac('sha256', key).update(`${imageId}.${expires}`).digest('base64url');

  /** The address of a picture's bytes, signed; good for 24 to 25 hours. */
  function make(imageId: string): string {
    const expires = (Math.ceil(clock().getTime() / stepMs) * stepMs + goodForMs) / 1000;
    return `${publicUrl}/v1/images/${imageId}/content?expires=${expires}&signature=${sign(imageId, expires)}`;
  }

  /** Whether the `expires` (Unix seconds) and `signature` of a link to this picture are ours and still good. */
  function check(imageId: string, { expires, signature }: { expires: number; signature: string }): boolean {
    const given = Buffer.from(signature);
    const right = Buffer.from(sign(imageId, expires));
    const genuine = given.length === right.length && timingSafeEqual(given, right);
    return genuine && expires * 1000 > clock().getTime();
  }

  return { make, check };
}

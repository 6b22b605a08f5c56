import { createHmac } from 'node:crypto';

/** `t=…,v1=…`, one `v1` for each secret; `at` is in seconds. */
export function signPayload(payload: string, secrets: readonly string[], at: number): string {
  const sign = (secret: string) => createHmac('sha256', secret).update(`${at}.${payload}`).digest('hex');
  return [`t=${at}`, ...secrets.map((secret) => `v1=${sign(secret)}`)].join(',');
}

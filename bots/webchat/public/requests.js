/** What an answer that did not come, or was none of Easel's, throws: try again. */
class Unreachable extends Error {}
/** What a refusal throws, with its words. */
export class Refused extends Error {}

const patienceMs = 30_000;

/** Posts JSON and answers the JSON that comes back. Throws Unreachable, Refused. */
export async function post(address, body) {
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(patienceMs),
  }).catch((error) => {
    throw new Unreachable(error.message);
  });
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer;
  if (response.status >= 502 && response.status <= 504) throw new Unreachable();
  throw new Refused(answer?.error?.message ?? '');
}

/** A random UUID. The browser's own function is missing where the page came by plain HTTP from another machine. */
export function makeId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

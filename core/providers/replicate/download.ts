import { ProviderError } from '../port.ts';

const sizeLimit = 50 * 1024 * 1024;
const redirectLimit = 3;

/**
 * The bytes of one output. Addresses are https; with `loopback`, which is for an API that is itself on
 * this machine, also plain http on this machine.
 *
 * Throws ProviderError: `output_gone` for 404 and 410, `provider_rejected` for an address that is not
 * allowed or a file over 50 MB, `provider_unavailable` for the rest.
 */
export async function downloadOutput(options: {
  url: string;
  loopback: boolean;
  timeoutMs: number;
}): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  try {
    const response = await follow(options.url, options.loopback, signal);
    return await readBody(response);
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    throw new ProviderError('provider_unavailable', 'the output could not be fetched', { retryable: true });
  }
}

export function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(url.hostname);
}

async function follow(first: string, loopback: boolean, signal: AbortSignal): Promise<Response> {
  let address = check(first, loopback);
  for (let hop = 0; hop <= redirectLimit; hop++) {
    const response = await fetch(address, { redirect: 'manual', signal });
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location) {
      await response.body?.cancel();
      address = check(new URL(location, address).href, loopback);
      continue;
    }
    if (response.ok) return response;
    await response.body?.cancel();
    if (response.status === 404 || response.status === 410)
      throw new ProviderError('output_gone', 'the output has expired');
    throw new ProviderError('provider_unavailable', `the output answered ${response.status}`, { retryable: true });
  }
  throw new ProviderError('provider_unavailable', 'the output is behind too many redirects');
}

/** Every hop is checked: a redirect must not lead to this machine's own network. */
function check(address: string, loopback: boolean): URL {
  const url = URL.parse(address);
  const local = url !== null && isLoopback(url);
  const allowed = url !== null && (local ? loopback : url.protocol === 'https:');
  if (!allowed) throw new ProviderError('provider_rejected', 'the output is at an address we do not fetch from');
  return url;
}

async function readBody(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Content-Length can be missing or wrong, so what arrives is counted.
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > sizeLimit) throw new ProviderError('provider_rejected', 'the output is larger than 50 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

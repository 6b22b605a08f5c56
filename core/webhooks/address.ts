import { AppError } from '../errors.ts';
import { AddressRefused, type Reach, readPublicUrl } from '../fetch/public-connection.ts';

const lookUpMs = 3_000;
const mostLength = 2000;
/** Names that mean something only inside of a network. */
const insideOnly = /(^|\.)(localhost|local|internal|lan|home\.arpa)\.?$/i;

/**
 * Refuses an address that could never be called, when it is named: what counts is checked again at every
 * connection, since a name can lead elsewhere tomorrow. Answers the address as it will be called; throws
 * AppError `invalid_input`.
 */
export async function checkAddress(
  text: string,
  { reach, protocols }: { reach: Reach; protocols: readonly string[] },
): Promise<string> {
  const url = read(text, reach);
  if (!url || !protocols.includes(url.protocol) || insideOnly.test(url.hostname)) throw refused();
  url.hash = '';
  if (url.href.length > mostLength) throw refused();
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const addresses = await Promise.race([reach.lookUp(host).catch(unknown), later(lookUpMs)]);
  if (!addresses.every(({ address }) => reach.isAllowedAddress(address))) throw refused();
  return url.href;
}

function read(text: string, reach: Reach): URL | null {
  try {
    return readPublicUrl(text, reach);
  } catch (error) {
    if (error instanceof AddressRefused) return null;
    throw error;
  }
}

/** A name that can't be found just now may be there when it is called. */
const unknown = () => [];

function later(ms: number): Promise<[]> {
  return new Promise((resolve) => setTimeout(() => resolve([]), ms).unref());
}

const refused = () => new AppError('invalid_input', { field: 'url', allowed: 'https://…, public' });

import { type LookupAddress, lookup as lookUpByDns } from 'node:dns';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { isPublicAddress } from './public-addresses.ts';

/** What is within reach. Only tests, which have no internet, set it otherwise. */
export type Reach = {
  isAllowedAddress(address: string): boolean;
  ports: readonly number[];
  /** All addresses of a name. */
  lookUp(hostname: string): Promise<readonly LookupAddress[]>;
};

export const openInternet: Reach = {
  isAllowedAddress: isPublicAddress,
  ports: [80, 443],
  lookUp: (hostname) =>
    new Promise((resolve, reject) =>
      lookUpByDns(hostname, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses))),
    ),
};

/** An address that may not be reached, by whatever name it goes. */
export class AddressRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AddressRefused';
  }
}

/** Reads an address that a member named. Throws AddressRefused for what is not plain http(s) on an allowed port. */
export function readPublicUrl(text: string, reach: Reach, base?: URL): URL {
  const url = URL.parse(text, base);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw new AddressRefused('not http or https');
  if (url.username || url.password) throw new AddressRefused('carries credentials');
  if (!reach.ports.includes(portOf(url))) throw new AddressRefused('not a port of the web');
  const literal = hostOf(url);
  if (isIP(literal) && !reach.isAllowedAddress(literal)) throw new AddressRefused('not on the open internet');
  return url;
}

/**
 * Opens a connection to where `url` (from readPublicUrl) leads. Names are looked up once, and the addresses
 * that were checked are those connected to, so that a name cannot mean something else a moment later. The
 * socket fails with AddressRefused when any address of the name may not be reached.
 */
export function connectPublicly(url: URL, reach: Reach): Socket {
  const host = hostOf(url);
  const lookup: LookupFunction = (hostname, { all }, answer) => {
    reach.lookUp(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (!first || !addresses.every(({ address }) => reach.isAllowedAddress(address)))
          return answer(new AddressRefused('not on the open internet'), '', 0);
        if (all) answer(null, [...addresses]);
        else answer(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => answer(error, '', 0),
    );
  };
  const socket = connect({ host, port: portOf(url), lookup });
  if (url.protocol === 'http:') return socket;
  const secured = connectSecurely({
    socket,
    ALPNProtocols: ['http/1.1'],
    ...(isIP(host) ? { host } : { servername: host }),
  });
  socket.once('error', (error) => secured.destroy(error));
  return secured;
}

const hostOf = ({ hostname }: URL) => hostname.replace(/^\[(.*)\]$/, '$1');
const portOf = ({ port, protocol }: URL) => (port ? Number(port) : protocol === 'https:' ? 443 : 80);

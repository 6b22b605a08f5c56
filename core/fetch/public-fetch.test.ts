import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isPublicAddress } from './public-addresses.ts';
import { openInternet, type Reach } from './public-connection.ts';
import { createPublicFetch, publicFetchLimits } from './public-fetch.ts';

const servers: Server[] = [];
/** Every address that any socket of this process set out to reach. */
let attempts: string[] = [];
const watch = (message: unknown) => {
  const { socket } = message as { socket: Socket };
  socket.on('connectionAttempt', (address) => attempts.push(address));
};

beforeEach(() => {
  attempts = [];
  subscribe('net.client.socket', watch);
});
afterEach(async () => {
  unsubscribe('net.client.socket', watch);
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** The internet as it is, but names mean what the test says. */
const named = (names: Record<string, string[]>): Reach => ({
  ...openInternet,
  lookUp: async (hostname) =>
    (names[hostname] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
});

describe('never leaves for', () => {
  const unused = named({});
  test.each([
    // Loopback in every spelling that a parser of addresses takes.
    'http://127.0.0.1/',
    'http://127.1/',
    'http://127.0.1/',
    'http://127.255.255.254/',
    'http://2130706433/',
    'http://017700000001/',
    'http://0x7f000001/',
    'http://0x7f.0x0.0x0.0x1/',
    'http://0177.0.0.1/',
    'http://127.0.0.1./',
    'http://①②⑦.⓪.⓪.①/',
    'http://%31%32%37.0.0.1/',
    'http://0/',
    'http://0.0.0.0/',
    'http://[::1]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[::]/',
    // The same through IPv6 forms that carry an IPv4 address.
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[::ffff:0:127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://[64:ff9b:1::a00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2002:a9fe:a9fe::]/',
    'http://[2001:0:7f00:1::]/',
    // Private networks, carriers, links, metadata.
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://172.31.255.255/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://100.100.100.200/',
    'http://169.254.169.254/latest/meta-data/',
    'http://2852039166/',
    'http://168.63.129.16/',
    'http://192.0.0.192/',
    'http://[fd00:ec2::254]/',
    'http://[fc00::1]/',
    'http://[fe80::1]/',
    'http://[fec0::1]/',
    'http://[100::1]/',
    'http://[5f00::1]/',
    // Multicast, reserved, documentation, benchmarks.
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://240.0.0.1/',
    'http://[ff02::1]/',
    'http://192.0.2.1/',
    'http://198.51.100.1/',
    'http://203.0.113.1/',
    'http://198.18.0.1/',
    'http://[2001:db8::1]/',
    'http://[3fff::1]/',
    // Not the web, or not as it should be asked for.
    'https://127.0.0.1/',
    'https://[::1]/',
    'http://8.8.8.8:22/',
    'http://8.8.8.8:6379/',
    'https://8.8.8.8:8443/',
    'http://user:secret@8.8.8.8/',
    'http://user@8.8.8.8/',
    'file:///etc/passwd',
    'data:image/png;base64,AAAA',
    'gopher://8.8.8.8/_x',
    'ftp://8.8.8.8/a.png',
    'javascript:alert(1)',
    'blob:http://8.8.8.8/x',
    'unix:/var/run/docker.sock',
    '//8.8.8.8/a.png',
    'http://',
    'http://[::1%25lo]/',
    'not an address',
    '',
  ])('%s', async (url) => {
    await expect(createPublicFetch({ reach: unused })(url)).rejects.toMatchObject({ code: 'refused' });
    expect(attempts).toEqual([]);
  });

  test.each([
    ['loopback', ['127.0.0.1']],
    ['loopback by IPv6', ['::1']],
    ['a mapped address', ['::ffff:10.0.0.1']],
    ['metadata', ['169.254.169.254']],
    ['a private network', ['10.1.2.3']],
    ['a public and a private address', ['93.184.215.14', '192.168.0.10']],
    ['a public address and loopback by IPv6', ['93.184.215.14', '::1']],
  ])('a name that means %s', async (_, addresses) => {
    const reach = named({ 'innocent.example': addresses });
    for (const scheme of ['http', 'https']) {
      await expect(createPublicFetch({ reach })(`${scheme}://innocent.example/a.png`)).rejects.toMatchObject({
        code: 'refused',
      });
    }
    expect(attempts).toEqual([]);
  });
});

test('tells addresses of the open internet', () => {
  for (const address of ['8.8.8.8', '1.1.1.1', '93.184.215.14', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450::1'])
    expect(isPublicAddress(address), address).toBe(true);
  for (const address of ['', 'localhost', '8.8.8', '8.8.8.8:80', 'fe80::1%lo'])
    expect(isPublicAddress(address), address).toBe(false);
});

describe('asks a server', () => {
  /** A server on this machine that counts as the open internet for one test; every other address counts as ever. */
  async function serve(answer: RequestListener) {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const lookedUp: string[] = [];
    const reach: Reach = {
      isAllowedAddress: (address) => address === '127.0.0.1' || isPublicAddress(address),
      ports: [...openInternet.ports, port],
      lookUp: async (hostname) => {
        lookedUp.push(hostname);
        return [{ address: '127.0.0.1', family: 4 }];
      },
    };
    return { reach, origin: `http://pictures.example:${port}`, lookedUp };
  }

  test('once, by the address that was checked, with nothing about anybody', async () => {
    const seen: { url: string | undefined; headers: Record<string, unknown> }[] = [];
    const { reach, origin, lookedUp } = await serve(({ url, headers }, response) => {
      seen.push({ url, headers });
      response.end('bytes');
    });
    expect(Buffer.from(await createPublicFetch({ reach })(`${origin}/a.png?b=c#d`)).toString()).toBe('bytes');
    expect(seen).toEqual([
      {
        url: '/a.png?b=c',
        headers: {
          host: new URL(origin).host,
          accept: 'image/*',
          'accept-encoding': 'identity',
          'user-agent': 'Easel',
          connection: 'close',
        },
      },
    ]);
    // A second look-up could be answered otherwise: that is how a name is rebound.
    expect(lookedUp).toEqual(['pictures.example']);
    expect(attempts).toEqual(['127.0.0.1']);
  });

  test('follows three redirects and no more', async () => {
    const { reach, origin } = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) return void response.end('there');
      response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    expect(Buffer.from(await createPublicFetch({ reach })(`${origin}/3`)).toString()).toBe('there');
    await expect(createPublicFetch({ reach })(`${origin}/4`)).rejects.toMatchObject({ code: 'too_many_redirects' });
  });

  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://[::1]/',
    'http://0x7f000002/',
    'http://8.8.8.8:22/',
    'http://user:secret@8.8.8.8/',
    'file:///etc/passwd',
    'gopher://8.8.8.8/',
    'data:image/png;base64,AAAA',
    '//192.168.0.1/a.png',
  ])('and is not led to %s', async (location) => {
    const { reach, origin } = await serve((_, response) => response.writeHead(307, { location }).end());
    await expect(createPublicFetch({ reach })(`${origin}/a.png`)).rejects.toMatchObject({ code: 'refused' });
    expect(attempts).toEqual(['127.0.0.1']);
  });

  test('and reads no more than the limit, announced or not', async () => {
    let sent = 0;
    const { reach, origin } = await serve((request, response) => {
      if (request.url === '/announced') return void response.writeHead(200, { 'content-length': 100_000 }).end();
      const part = Buffer.alloc(10_000);
      const pour = () => {
        while (!response.destroyed && response.write(part)) sent += part.length;
        response.once('drain', pour);
      };
      pour();
    });
    const fetch = createPublicFetch({ reach, limits: { ...publicFetchLimits, bytes: 50_000 } });
    await expect(fetch(`${origin}/announced`)).rejects.toMatchObject({ code: 'too_large' });
    await expect(fetch(`${origin}/endless`)).rejects.toMatchObject({ code: 'too_large' });
    expect(sent).toBeLessThan(20_000_000);
  });

  test('and waits no longer than the limit, before the answer or within it', async () => {
    const { reach, origin } = await serve((request, response) => {
      if (request.url === '/slow') response.writeHead(200).write('x');
    });
    const fetch = createPublicFetch({ reach, limits: { ...publicFetchLimits, milliseconds: 150 } });
    await expect(fetch(`${origin}/silent`)).rejects.toMatchObject({ code: 'too_slow' });
    await expect(fetch(`${origin}/slow`)).rejects.toMatchObject({ code: 'too_slow' });
  });

  test('and decompresses nothing', async () => {
    const { reach, origin } = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(Buffer.alloc(100)),
    );
    await expect(createPublicFetch({ reach })(`${origin}/bomb`)).rejects.toMatchObject({ code: 'encoded' });
  });

  test('and says what went wrong there', async () => {
    const { reach, origin } = await serve((request, response) => {
      if (request.url === '/broken') return void request.socket.destroy();
      if (request.url === '/cut')
        return void response.writeHead(200, { 'content-length': 9 }).write('x', () => request.socket.destroy());
      response.writeHead(404).end();
    });
    const fetch = createPublicFetch({ reach });
    await expect(fetch(`${origin}/missing`)).rejects.toMatchObject({ code: 'not_found', status: 404 });
    await expect(fetch(`${origin}/broken`)).rejects.toMatchObject({ code: 'unreachable' });
    await expect(fetch(`${origin}/cut`)).rejects.toMatchObject({ code: 'unreachable' });
    const nowhere = { ...reach, lookUp: () => Promise.reject(new Error('ENOTFOUND')) };
    await expect(createPublicFetch({ reach: nowhere })(`${origin}/`)).rejects.toMatchObject({ code: 'unreachable' });
  });
});

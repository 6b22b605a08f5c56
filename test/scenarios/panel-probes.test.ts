import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { hash } from '@node-rs/argon2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { passwordParameters } from '../../core/accounts/operator.ts';
import type { Account } from '../../core/index.ts';
import { type Running, startRoles } from '../../start/roles.ts';
import { makeMember, startTestCore, type TestCore } from '../support/core.ts';

let service: TestCore;
/** Two processes with the panel. */
let processes: Running[];
const password = 'correct horse battery';
const action = (id: string, name = 'suspend') => `/admin/api/resources/Account/records/${id}/${name}`;

beforeAll(async () => {
  service = await startTestCore({ environment: { PORT: '0', PUBLIC_URL: '' } });
  const cores = [service.core, await service.another()];
  processes = await Promise.all(cores.map((core) => startRoles({ core, roles: ['admin'] })));
});
afterAll(async () => {
  await Promise.all(processes.map((running) => running.stop()));
  await service.close();
});

async function makeStaff(role: Account['role']): Promise<{ id: string; email: string }> {
  const id = crypto.randomUUID();
  const email = `${id}@example.com`;
  const passwordHash = await hash(password, passwordParameters);
  await service.core.database.prisma.account.create({ data: { id, email, role, passwordHash } });
  return { id, email };
}

const ask = (path: string, options: RequestInit = {}, process = 0) =>
  fetch(`${processes[process]?.url}${path}`, { redirect: 'manual', ...options });
const signIn = (email: string, { given = password, cookie = '', process = 0 } = {}) =>
  ask(
    '/sign-in',
    { method: 'POST', body: new URLSearchParams({ email, password: given }), headers: { cookie } },
    process,
  );
const cookieOf = (response: Response) => response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
const enter = async (role: Account['role']) => cookieOf(await signIn((await makeStaff(role)).email));
const standing = async (id: string) => (await service.core.accounts.get(id)).status;

/** Sends 20 MB of a form with a file, as far as it is taken, and answers the status. */
function upload(path: string, headers: Record<string, string>): Promise<number> {
  const boundary = 'probe';
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="probe.bin"\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const sent = request(`${processes[0]?.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, ...headers },
    });
    sent.once('response', (response) => {
      resolve(response.statusCode as number);
      response.resume();
      sent.destroy();
    });
    sent.once('error', reject);
    sent.write(head);
    for (let part = 0; part < 20; part++) sent.write(Buffer.alloc(1_000_000));
    sent.end(`\r\n--${boundary}--\r\n`);
  });
}

test('an upload of 20 MB by nobody is refused, and leaves nothing behind', async () => {
  const { account } = await makeMember(service.core);
  const before = [readdirSync(tmpdir()), readdirSync(service.dataDir)];
  for (const path of [
    '/admin',
    '/admin/api/resources/Plan/records/free/edit',
    action(account.id),
    '/security/password',
  ]) {
    expect(await upload(path, {}), path).toBe(401);
    expect(await upload(path, { 'content-length': '20000200' }), path).toBe(413);
  }
  expect(await upload('/sign-in', {})).toBe(400);
  const isNew = (name: string) => !before[0]?.includes(name) && /^upload_|^[0-9a-z]{20,}$|probe/.test(name);
  expect(readdirSync(tmpdir()).filter(isNew)).toEqual([]);
  expect(readdirSync(service.dataDir)).toEqual(before[1]);
});

test('nothing is parsed for who is not signed in', async () => {
  const headers = { 'content-type': 'application/json' };
  const broken = await ask('/admin/api/resources/Plan/records/free/edit', { method: 'POST', headers, body: '{' });
  expect(broken.status).toBe(401);
  const cookie = await enter('operator');
  const parsed = await ask('/admin/api/resources/Plan/records/free/edit', {
    method: 'POST',
    headers: { ...headers, cookie },
    body: '{',
  });
  expect(parsed.status).toBe(400);
});

test('nothing that asks cleverly comes past the sign-in', async () => {
  const paths = [
    '/admin/',
    '/admin/login',
    '/admin/api/dashboard',
    '/admin/api/resources/Account/actions/list?adminUser[role]=owner',
    '/admin/frontend/assets/components.bundle.js/../../../api/dashboard',
    '/admin//api/resources/Account/actions/list',
    '/admin/%61pi/resources/Account/actions/list',
    '/ADMIN/api/resources/Account/actions/list',
    '/admin/API/resources/Account/actions/list',
  ];
  for (const path of paths) {
    const { status } = await ask(path, { headers: { 'x-role': 'owner', cookie: 'adminjs=1; easel=s%3Aa.b' } });
    expect([401, 404], path).toContain(status);
  }
});

test('a session that somebody planted opens nothing after its victim signs in', async () => {
  const { email } = await makeStaff('operator');
  // One that the attacker has: it exists, and is theirs.
  const planted = await enter('viewer');
  const answer = await signIn(email, { cookie: planted });
  expect((await ask('/admin', { headers: { cookie: planted } })).status).toBe(401);
  expect((await ask('/admin', { headers: { cookie: cookieOf(answer) } })).status).toBe(200);
  // A made-up one is not taken over.
  const made = await signIn(email, { cookie: 'easel=s%3Aplanted.signature' });
  expect(cookieOf(made)).not.toContain('planted');
});

test('another site can neither sign in nor act', async () => {
  const { account } = await makeMember(service.core);
  const { email } = await makeStaff('operator');
  const cookie = await enter('operator');
  const pages = [
    ['origin', 'https://evil.example'],
    ['origin', 'null'],
    ['sec-fetch-site', 'cross-site'],
  ] as const;
  for (const [name, value] of pages) {
    const headers = { cookie, [name]: value };
    expect((await ask(action(account.id), { method: 'POST', headers })).status).toBe(403);
    const body = new URLSearchParams({ email, password });
    const forced = await ask('/sign-in', { method: 'POST', headers: { [name]: value }, body });
    expect(forced.status).toBe(403);
    expect(forced.headers.getSetCookie()).toEqual([]);
  }
  expect(await standing(account.id)).toBe('active');
});

test('no GET acts, no viewer acts, and no operator suspends an owner', async () => {
  const { account } = await makeMember(service.core);
  const operator = await enter('operator');
  expect((await ask(action(account.id), { headers: { cookie: operator } })).status).toBe(405);
  expect((await ask(action(account.id), { method: 'HEAD', headers: { cookie: operator } })).status).toBe(405);
  const viewer = await enter('viewer');
  expect((await ask(action(account.id), { method: 'POST', headers: { cookie: viewer } })).status).toBe(403);
  expect(await standing(account.id)).toBe('active');
  const owner = await makeStaff('owner');
  await ask(action(owner.id), { method: 'POST', headers: { cookie: operator } });
  expect(await standing(owner.id)).toBe('active');
  expect((await ask(action(account.id), { method: 'POST', headers: { cookie: operator } })).status).toBe(200);
  expect(await standing(account.id)).toBe('suspended');
});

test('guesses at an account are counted over both processes', async () => {
  const { email } = await makeStaff('operator');
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => signIn(email, { given: `guess ${index}`, process: index % 2 })),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(5);
  expect(statuses.filter((status) => status === 429)).toHaveLength(15);
  expect((await signIn(email, { process: 1 })).status).toBe(429);
});

test('known and unknown addresses get the same page', async () => {
  const { email } = await makeStaff('operator');
  const read = async (address: string) => {
    const answer = await signIn(address, { given: 'wrong' });
    const html = (await answer.text()).replaceAll(address, 'ADDRESS');
    return { status: answer.status, html, cookies: answer.headers.getSetCookie() };
  };
  expect(await read(email)).toEqual(await read(`nobody-${crypto.randomUUID()}@example.com`));
});

test('guesses from one address are counted over both processes, whatever accounts they are at', async () => {
  const answers: number[] = [];
  for (let guess = 0; guess < 70; guess++) {
    const { status } = await signIn(`person-${guess}@example.com`, { given: 'wrong', process: guess % 2 });
    answers.push(status);
  }
  // Other tests have guessed from here as well.
  const first = answers.indexOf(429);
  expect(first).toBeGreaterThan(30);
  expect(new Set(answers.slice(first))).toEqual(new Set([429]));
});

import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createWorld, patience, type World } from '../faults/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.close());

/** A browser without a face: keeps its cookie, sends what it is told. */
function visitor(home: string) {
  let cookie = '';
  return {
    async open(): Promise<string> {
      const answer = await fetch(home);
      cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
      const [, value = ''] = cookie.split('=');
      return value.split('.')[0] ?? '';
    },
    async say(server: string, text: string, id: string): Promise<number> {
      const headers = { 'content-type': 'application/json', cookie };
      const answer = await fetch(`${server}/chat/messages`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ text, id }),
      });
      return answer.status;
    },
    read: (server: string) => fetch(`${server}/chat`, { headers: { cookie } }).then((answer) => answer.text()),
  };
}

it('two workers and two web processes do nothing twice', { timeout: 90_000 }, async () => {
  const { easel, link, prisma, replicate } = world;
  const [one, two] = await Promise.all([easel('web'), easel('web'), easel('worker'), easel('worker')]);
  const servers = [one?.url as string, two?.url as string] as const;
  const people = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const person = visitor(servers[0]);
      await link('web', await person.open());
      return person;
    }),
  );
  // Every message is sent to both processes at once, twice each, as an impatient browser behind a balancer would.
  const sent = people.map(async (person, number) => {
    const id = crypto.randomUUID();
    const send = (server: string) => person.say(server, `/imagine fox number ${number} --model flux-dev`, id);
    return Promise.all([send(servers[0]), send(servers[1]), send(servers[0]), send(servers[1])]);
  });
  expect((await Promise.all(sent)).flat()).toEqual(Array.from({ length: 40 }, () => 200));
  await vi.waitFor(
    async () => expect(await prisma.delivery.count({ where: { state: 'delivered' } })).toBe(10),
    patience,
  );
  expect(await prisma.generation.count()).toBe(10);
  expect(await prisma.image.count()).toBe(10);
  expect(await prisma.quotaEntry.groupBy({ by: ['kind'], _sum: { images: true }, orderBy: { kind: 'asc' } })).toEqual([
    { kind: 'reserve', _sum: { images: 10 } },
    { kind: 'commit', _sum: { images: 10 } },
  ]);
  expect(replicate.creations).toBe(10);
  for (const [number, person] of people.entries()) {
    const page = await person.read(servers[number % 2] as string);
    expect(page.match(/<article class="line easel"/g)).toHaveLength(1);
    expect(page.match(/<img /g)).toHaveLength(1);
  }
});

import { createHash, randomUUID } from 'node:crypto';
import { makeKey, shownParts } from '../../core/accounts/key-format.ts';
import { presentGeneration } from '../../core/generations/present.ts';
import { createWords } from '../../core/words/words.ts';
import { answerParent } from '../support/child.ts';
import { readOwnCpu } from '../support/cpu.ts';
import { createAccounts } from './accounts.ts';
import { type RestTasks, restSchema, serve, waitUntil } from './app.ts';
import { openNaive } from './naive.ts';

// The naive way with an API key: its hash looked up by Prisma, the rest as ever.
let bench: ReturnType<typeof openNaive>;
const keys: string[] = [];
const words = createWords();
const hashOf = (key: string) => new Uint8Array(createHash('sha256').update(key).digest());
const http = serve({
  path: '/v1/generations',
  schema: restSchema,
  async accept(body, request) {
    const key = request.get('authorization')?.slice('Bearer '.length) ?? '';
    const account = await bench.naive.lookUpKey(hashOf(key));
    const { generation } = await bench.naive.accept(account, {
      ...body,
      user_id: account.id,
      request_id: randomUUID(),
    });
    // As large an answer as the other side's.
    return presentGeneration({ ...generation, images: [] }, { words, publicUrl: 'http://localhost:3000' });
  },
});

const isQuiet = async () => http.counts().inHand === 0;

answerParent({
  async start({ databaseUrl, redisUrl, accounts }) {
    bench = openNaive({ databaseUrl, redisUrl });
    const ids = await createAccounts(bench.prisma, accounts);
    keys.push(...ids.map(makeKey));
    await bench.prisma.apiKey.createMany({
      data: ids.map((accountId, index) => {
        const key = keys[index] as string;
        const parts = { ...shownParts(key), keyHash: hashOf(key) };
        return { id: randomUUID(), accountId, name: 'Bench', scopes: ['generate'], createdAt: new Date(), ...parts };
      }),
    });
    return http.listen();
  },
  keys: () => keys,
  async read() {
    await waitUntil(isQuiet, 'requests in hand');
    return { cpuMs: readOwnCpu(), accepted: http.counts().accepted };
  },
  async verify() {
    await waitUntil(isQuiet, 'requests in hand');
    return { accepted: http.counts().accepted, held: await bench.countHeld() };
  },
} satisfies RestTasks);

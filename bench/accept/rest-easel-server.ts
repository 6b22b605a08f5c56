import { startRoles } from '../../start/roles.ts';
import { answerParent } from '../support/child.ts';
import { readOwnCpu } from '../support/cpu.ts';
import { createAccounts } from './accounts.ts';
import { type RestTasks, waitUntil } from './app.ts';
import { openBenchCore } from './bench-core.ts';

// The web role as it runs in production; nobody else is there to work on what it accepts.
let bench: Awaited<ReturnType<typeof openBenchCore>>;
const keys: string[] = [];
let seen = -1;

/** Nothing came in since the last look, and everything has left the outbox. */
async function isQuiet(): Promise<boolean> {
  // Each request has drawn a number for its promise; to count the rows would cost Postgres what is measured.
  const { rows } = await bench.core.database.pool.query<{ drawn: number }>(
    'SELECT last_value::int * is_called::int AS drawn FROM outbox_id_seq',
  );
  const before = seen;
  seen = rows[0]?.drawn ?? 0;
  return seen === before && (await bench.isOutboxEmpty());
}

answerParent({
  async start({ databaseUrl, redisUrl, accounts }) {
    bench = await openBenchCore({ databaseUrl, redisUrl });
    const ids = await createAccounts(bench.core.database.prisma, accounts);
    for (const accountId of ids) {
      const wanted = {
        accountId,
        name: 'Bench',
        scopes: ['generate', 'read'] as const,
        expiresAt: null,
        dailyCap: null,
      };
      keys.push((await bench.core.apiKeys.create(wanted)).secret);
    }
    const { url } = await startRoles({ core: bench.core, roles: ['web'] });
    return Number(new URL(url as string).port);
  },
  keys: () => keys,
  async read() {
    await waitUntil(isQuiet, 'the outbox');
    return { cpuMs: readOwnCpu(), accepted: seen };
  },
  async verify() {
    await waitUntil(isQuiet, 'the outbox');
    return { accepted: seen, held: await bench.countHeld() };
  },
} satisfies RestTasks);

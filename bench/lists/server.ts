import { startRoles } from '../../start/roles.ts';
import { createAccounts } from '../accept/accounts.ts';
import { openBenchCore } from '../accept/bench-core.ts';
import { answerParent } from '../support/child.ts';

export type ListTasks = {
  /** For each database: makes the asked account and listens. Answers the port and a key that may do everything. */
  start(input: { databaseUrl: string; redisUrl: string }): Promise<{ port: number; key: string }>;
};

// The web role as it runs in production.
answerParent({
  async start({ databaseUrl, redisUrl }) {
    const { core } = await openBenchCore({ databaseUrl, redisUrl });
    const [accountId] = (await createAccounts(core.database.prisma, 1)) as [string];
    const scopes = ['generate', 'read', 'manage'] as const;
    const { secret } = await core.apiKeys.create({ accountId, name: 'Bench', scopes, expiresAt: null, dailyCap: null });
    const { url } = await startRoles({ core, roles: ['web'] });
    return { port: Number(new URL(url as string).port), key: secret };
  },
} satisfies ListTasks);

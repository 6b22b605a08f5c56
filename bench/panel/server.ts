import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createAdmin } from '../../admin/index.ts';
import { createAccounts } from '../accept/accounts.ts';
import { openBenchCore } from '../accept/bench-core.ts';
import { answerParent } from '../support/child.ts';

export type PanelTasks = {
  /** Makes the asked account, whom the panel lets in as an owner, and listens. Answers the port. */
  start(input: { databaseUrl: string; redisUrl: string }): Promise<{ port: number; accountId: string }>;
  /** Rolls all days up, as the calendar does. Answers how long the usual roll-up of the last days takes, ms. */
  rollUp(input: null): Promise<number>;
};

let rollUpUsage: ((days?: number | null) => Promise<number>) | null = null;

// The panel as it runs in production; who signs in is measured elsewhere.
answerParent({
  async start({ databaseUrl, redisUrl }) {
    const { core } = await openBenchCore({ databaseUrl, redisUrl });
    rollUpUsage = core.rollUpUsage;
    const [accountId] = (await createAccounts(core.database.prisma, 1)) as [string];
    await core.database.prisma.account.update({ where: { id: accountId }, data: { role: 'owner' } });
    const account = await core.accounts.get(accountId);
    const app = express();
    const guard: express.RequestHandler = (_request, response, next) => {
      response.locals.account = { ...account, role: 'owner' };
      next();
    };
    app.use('/admin', createAdmin({ core, guard }));
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port, accountId };
  },
  async rollUp() {
    await rollUpUsage?.(null);
    const began = performance.now();
    await rollUpUsage?.();
    return performance.now() - began;
  },
} satisfies PanelTasks);

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import express, { type Router } from 'express';
import { type Account, AppError } from '../core/index.ts';
import type { AdminCore } from './index.ts';

/**
 * What the page of a deed fetches as a file, behind the same rules as the panel: by POST, never by viewers, recorded.
 * Throws AppError `not_found`.
 */
export function serveDownloads({ core }: { core: AdminCore }): Router {
  const router = express.Router({ caseSensitive: true });
  router.post('/downloads/Account/:id', async (request, response) => {
    const { id } = request.params;
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw new AppError('not_found', { what: '' });
    const { id: actor, email }: Account = response.locals.account;
    const { fields } = request as unknown as { fields: Record<string, string> };
    const { prisma } = core.database;
    const pieces = await core.audit.act(
      {
        actor: { id: actor, email },
        action: 'Account.export',
        subject: { type: 'Account', id },
        accountId: id,
        reason: String(fields.reason ?? ''),
      },
      async () => ({ generations: await prisma.generation.count({ where: { accountId: id } }) }),
      () => core.accounts.exportPerson(id),
    );
    core.log.info({ action: 'Account.export', subject: id, by: actor }, 'an operator did something');
    response.set('content-disposition', `attachment; filename="easel-${id}.json"`).type('json');
    await pipeline(Readable.from(pieces), response);
  });
  return router;
}

import { Prisma } from '@prisma/client';
import { type Action, type ActionRequest, type ActionResponse, flat } from 'adminjs';
import { z } from 'zod';
import { type ApiKey, AppError, type Scope, scopes } from '../../core/index.ts';
import { snapshot } from '../deeds/deed.ts';
import type { AdminCore } from '../index.ts';
import { type FaultKey, refuse } from '../prisma-adapter/faults.ts';
import { mayChange } from './definition.ts';

/**
 * Makes a key for somebody. The answer has the key itself as `secret`, for the page to show it once; it stands nowhere
 * else, neither in the record nor in the log.
 */
export function issueKey(core: AdminCore): Partial<Action<ActionResponse>> {
  return {
    actionType: 'resource',
    component: 'NewApiKey',
    isAccessible: ({ currentAdmin }) => mayChange(currentAdmin),
    handler: async (request, _response, { resource, currentAdmin }) => {
      if (request.method !== 'post') throw new AppError('method_not_allowed');
      if (!currentAdmin) throw new AppError('forbidden');
      const asked = readAsked(request);
      let made: ApiKey | null = null;
      const deed = {
        actor: { id: String(currentAdmin.id), email: String(currentAdmin.email) },
        action: 'ApiKey.new',
        // The key has no id yet.
        subject: { type: 'Account', id: asked.accountId },
        accountId: asked.accountId,
      };
      const look = async () => snapshot(made, ['id', 'name', 'scopes', 'dailyCap', 'expiresAt', 'prefix', 'lastFour']);
      const { key, secret } = await core.audit.act(deed, look, async () => {
        const created = await core.apiKeys.create(asked).catch(explain);
        made = created.key;
        return created;
      });
      core.log.info({ key: key.id, account: key.accountId, by: currentAdmin.id }, 'an API key was made');
      const record = await resource.findOne(key.id);
      return { record: record?.toJSON(currentAdmin), secret, notice: { type: 'success', message: 'key_made' } };
    },
  };
}

const empty = (value: unknown) => (value === '' || value === undefined ? null : value);
const wanted = z.object({
  account: z.uuid(),
  name: z.string().trim().min(1),
  scopes: z.array(z.enum(scopes)).min(1),
  dailyCap: z.preprocess(empty, z.coerce.number().int().min(1).max(1_000_000).nullable()),
  expiresAt: z.preprocess(empty, z.coerce.date().nullable()),
});
/** What is wrong with a field that is there. */
const wrong: Partial<Record<string, FaultKey>> = { scopes: 'choice', dailyCap: 'positive', expiresAt: 'date' };

/** Throws the form's own errors. */
function readAsked({ payload = {} }: ActionRequest) {
  const given = wanted.safeParse({ ...payload, scopes: flat.get(payload, 'scopes') });
  if (!given.success)
    throw refuse(
      Object.fromEntries(
        given.error.issues.map(({ path: [field = ''] }) => [String(field), wrong[String(field)] ?? 'required']),
      ),
    );
  const { account, ...rest } = given.data;
  return { ...rest, accountId: account, scopes: rest.scopes as readonly Scope[] };
}

/** What the service refuses, beside the field that it is about. */
function explain(error: unknown): never {
  if (error instanceof AppError && error.code === 'key_limit') throw refuse({ account: 'key_limit' });
  if (error instanceof AppError && error.code === 'invalid_input') throw refuse({ expiresAt: 'to_come' });
  // The account is not, or no longer, there.
  if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2003')
    throw refuse({ account: 'gone' });
  throw error;
}

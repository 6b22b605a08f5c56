import AdminJS, {
  type ActionContext,
  type ActionHandler,
  type ActionRequest,
  type RecordActionResponse,
  ValidationError,
} from 'adminjs';
import { AppError, type Snapshot } from '../../core/index.ts';
import type { AdminCore } from '../index.ts';
import { refuseAll } from '../prisma-adapter/faults.ts';

type Handler = ActionHandler<RecordActionResponse>;

/**
 * AdminJS's own way to make, edit or delete a row, on record with what was before and is after; what was refused is
 * recorded as that. `idOf` names a row that is not made yet, `look` tells what the record shows of it.
 */
export function recorded(
  core: AdminCore,
  name: 'new' | 'edit' | 'delete',
  { model, idOf, look }: { model: string; idOf(request: ActionRequest): string; look(id: string): Promise<Snapshot> },
): { handler: Handler } {
  const stock = AdminJS.ACTIONS[name].handler as Handler;
  return {
    async handler(request, response, context) {
      if (request.method !== 'post') return stock(request, response, context);
      const { record, currentAdmin } = context;
      if (!currentAdmin) throw new AppError('forbidden');
      const id = record ? String(record.id()) : idOf(request);
      const deed = {
        actor: { id: String(currentAdmin.id), email: String(currentAdmin.email) },
        action: `${model}.${name}`,
        subject: { type: model, id },
        accountId: null,
      };
      const work = async () => throwRefusal(await stock(request, response, context));
      return core.audit.act(deed, () => look(id), work);
    },
  };
}

/** AdminJS answers what it refuses; thrown, it comes to the same, and is no success. */
function throwRefusal(answer: RecordActionResponse): RecordActionResponse {
  const { record, notice } = answer;
  if (notice?.type !== 'error') return answer;
  throw new ValidationError(record?.errors ?? {}, { type: 'refused', message: notice.message });
}

/** For the hooks before an edit: who edits what somebody else has changed meanwhile would undo that unseen. */
export function refuseStale(request: ActionRequest, { record }: Pick<ActionContext, 'record'>): ActionRequest {
  const seen = request.payload?.updatedAt;
  if (request.method !== 'post' || !record || seen === undefined) return request;
  if (Date.parse(String(seen)) !== Date.parse(String(record.param('updatedAt')))) throw refuseAll('changed');
  return request;
}

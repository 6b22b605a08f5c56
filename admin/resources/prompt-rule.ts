import { type ActionContext, type ActionRequest, type RecordActionResponse, ValidationError } from 'adminjs';
import { z } from 'zod';
import { AppError } from '../../core/index.ts';
import { defineDeed, snapshot } from '../deeds/deed.ts';
import type { AdminCore } from '../index.ts';
import { mayChange, newestFirst, type PanelResource } from './definition.ts';
import { refuseStale } from './recorded.ts';

const written = ['name', 'action', 'match', 'text', 'replacement', 'message', 'serverId', 'enabled'] as const;

/** What operators do not want drawn. Rules go through the core, so that every process is told. */
export function describePromptRules({ core }: { core: AdminCore }): PanelResource {
  const isAccessible = ({ currentAdmin }: Pick<ActionContext, 'currentAdmin'>) => mayChange(currentAdmin);
  return {
    model: 'PromptRule',
    withheld: [],
    options: {
      navigation: { name: 'work', icon: 'Image' },
      listProperties: ['name', 'action', 'match', 'text', 'serverId', 'enabled', 'updatedAt'],
      editProperties: [...written],
      properties: {
        name: { isTitle: true },
        text: { type: 'textarea' },
        message: { type: 'textarea' },
      },
      sort: newestFirst,
      actions: {
        new: { isAccessible, handler: change(core, 'new') },
        edit: { isAccessible, before: refuseStale, handler: change(core, 'edit') },
        delete: { isAccessible, handler: change(core, 'delete') },
        bulkDelete: { isAccessible: false },
        tryRule: tryRule(core),
      },
    },
  };
}

/** Shows what the rule would do with a text; nothing is drawn or kept. */
function tryRule(core: AdminCore) {
  return defineDeed({
    core,
    name: 'tryRule',
    icon: 'Play',
    fields: [{ name: 'sample', type: 'long', max: 2_000, required: true }],
    input: z.object({ sample: z.string().max(2_000) }),
    accountOf: () => null,
    look: async () => ({}),
    weigh: async (record, { sample }) => {
      const tried = await core.moderation.rules.tryOut(String(record.id()), sample);
      return { does: tried.does, ...(tried.does === 'replace' ? { drawn: tried.prompt } : {}) };
    },
    work: async () => null,
  });
}

const rule = z.object({
  name: z.string().default(''),
  action: z.enum(['block', 'replace', 'warn']).default('block'),
  match: z.enum(['literal', 'pattern']).default('literal'),
  text: z.string().default(''),
  replacement: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
  message: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
  serverId: z
    .string()
    .nullish()
    .transform((text) => text?.trim() || null),
  enabled: z.preprocess((value) => value === undefined || value === true || value === 'true', z.boolean()),
});

/** Writes a rule or deletes it, recorded with what was before and is after. */
function change(core: AdminCore, name: 'new' | 'edit' | 'delete') {
  return async (request: ActionRequest, _response: unknown, context: ActionContext): Promise<RecordActionResponse> => {
    const { record, resource, currentAdmin, h } = context;
    if (!currentAdmin) throw new AppError('forbidden');
    if (request.method !== 'post') {
      if (!record) throw new AppError('method_not_allowed');
      return { record: record.toJSON(currentAdmin) };
    }
    const { rules } = core.moderation;
    const { promptRule } = core.database.prisma;
    // A new one has its id beforehand: the audit names it before it is written.
    const id = record ? String(record.id()) : crypto.randomUUID();
    const work = async () => {
      if (name === 'delete') return rules.remove(id);
      const given = rule.safeParse({ ...record?.params, ...request.payload });
      if (!given.success) throw new ValidationError({ [String(given.error.issues[0]?.path[0])]: fault('choice') });
      await rules.save(record ? id : null, given.data, id).catch(blame);
    };
    const deed = {
      actor: { id: String(currentAdmin.id), email: String(currentAdmin.email) },
      ...{ action: `PromptRule.${name}`, accountId: null },
      subject: { type: 'PromptRule', id },
    };
    await core.audit.act(deed, async () => snapshot(await promptRule.findUnique({ where: { id } }), written), work);
    const saved = (name !== 'delete' && (await resource.findOne(id))) || record;
    if (!saved) throw new AppError('not_found', { what: '' });
    return {
      record: saved.toJSON(currentAdmin),
      redirectUrl: h.resourceUrl({ resourceId: resource.id() }),
      notice: { type: 'success', message: `rule_${name === 'delete' ? 'deleted' : 'saved'}` },
    };
  };
}

const fault = (key: string) => ({ type: key, message: `fault_${key}` });

/** What the core refuses, beside the field that it is about. */
function blame(error: unknown): never {
  if (!(error instanceof AppError)) throw error;
  if (error.code === 'pattern_refused') throw new ValidationError({ text: fault(`pattern_${error.values.fault}`) });
  if (error.code !== 'invalid_input') throw error;
  const field = String(error.values.field);
  throw new ValidationError({ [field]: fault(field === 'serverId' ? 'server' : 'length') });
}

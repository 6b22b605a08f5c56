import type { Action, ActionResponse, BaseRecord, CurrentAdmin } from 'adminjs';
import { z } from 'zod';
import { AppError, type ErrorCode, type Snapshot } from '../../core/index.ts';
import type { AdminCore } from '../index.ts';
import { mayChange } from '../resources/definition.ts';
import { type Field, reasonField } from './fields.ts';
import { perform } from './perform.ts';

export type { Field } from './fields.ts';

/** What a page tells before something is done, by names with words under `panel.fields`. Times as ISO 8601. */
export type Facts = Snapshot;

/** What deeds of one record and of many have in common. Its words are `panel.deeds.<name>`: `explain`, `do`, `done`. */
type Common<T> = {
  core: AdminCore;
  /** `suspend`; the audit calls it `<subject>.<name>`. */
  name: string;
  icon?: string;
  danger?: boolean;
  /** What the fields must hold; faults are told at the field. `reason` is there for the audit. */
  input?: z.ZodType<T>;
  /** Refusals of the core that are about a field, and which. */
  blame?: Partial<Record<ErrorCode, string>>;
};

/** What an operator does to a record, through the core. What `work` answers, if an object, are values for `done`. */
export type Deed<T> = Common<T> & {
  /** Shown only where it makes sense. */
  isVisible?(record: BaseRecord): boolean;
  /** Who may, besides operators and owners being the only ones. */
  isAccessible?(admin: CurrentAdmin, record: BaseRecord): boolean;
  fields?: readonly Field[] | ((record: BaseRecord) => Promise<readonly Field[]>);
  /** What is worth knowing when the page opens. */
  facts?(record: BaseRecord): Promise<Facts>;
  /** What it would come to: shown first, and done once the operator says so. */
  weigh?(record: BaseRecord, input: T): Promise<Facts>;
  /** The member it concerns. */
  accountOf(record: BaseRecord): string | null;
  /** Another account that it concerns as much: its audit tells it too. */
  otherOf?(record: BaseRecord, input: T): Promise<string>;
  /** What the audit shows before and after. */
  look(record: BaseRecord): Promise<Snapshot>;
  work(record: BaseRecord, input: T & { reason: string }, admin: CurrentAdmin): Promise<unknown>;
  /** What is fetched as a file: the page posts its form to `/admin/downloads/<resource>/<id>`, and `work` is not called. */
  download?: boolean;
};

/** What an operator does to more than one record, or to none. */
export type WideDeed<T> = Common<T> & {
  /** The id that the audit names. */
  subject: string;
  fields?: readonly Field[];
  weigh?(input: T): Promise<Facts>;
  look(input: T): Promise<Snapshot>;
  work(input: T & { reason: string }, admin: CurrentAdmin): Promise<unknown>;
};

const none = z.object({}) as unknown as z.ZodType<never>;

/**
 * A record action with a page of its own, done by POST alone, through the core, and recorded with what was before and
 * what is after. Refusals of the core come back as sentences, faults of the form at their field.
 */
export function defineDeed<T = object>(deed: Deed<T>): Partial<Action<ActionResponse>> {
  const { core, name, fields = [], input = none, weigh, facts, otherOf } = deed;
  return {
    ...describe(deed, { weighs: !!weigh, download: !!deed.download }),
    actionType: 'record',
    isVisible: ({ record }) => !!record && (deed.isVisible?.(record) ?? true),
    isAccessible: ({ currentAdmin, record }) =>
      mayChange(currentAdmin) && (!record || !currentAdmin || (deed.isAccessible?.(currentAdmin, record) ?? true)),
    handler: async (request, _response, { record, resource, currentAdmin, h }) => {
      if (!record || !currentAdmin) throw new AppError('not_found', { what: '' });
      const id = String(record.id());
      const answer = await perform<T>({
        ...{ core, name, input, blame: deed.blame ?? {}, admin: currentAdmin, request },
        subject: { type: resource.id(), id },
        accountId: deed.accountOf(record),
        otherOf: async (given) => (await otherOf?.(record, given)) ?? null,
        fields: async () => [...(typeof fields === 'function' ? await fields(record) : fields), reasonField],
        facts: async () => (await facts?.(record)) ?? {},
        weigh: weigh ? (given) => weigh(record, given) : null,
        look: () => deed.look(record),
        work: deed.download ? refuseToWork : (given) => deed.work(record, given, currentAdmin),
      });
      if (!answer.done) return { ...answer, record: { ...record.toJSON(currentAdmin), form: answer.form } };
      const changed = await resource.findOne(id);
      const place = { resourceId: resource.id(), recordId: id, actionName: 'show' };
      return {
        ...answer,
        record: (changed ?? record).toJSON(currentAdmin),
        redirectUrl: changed ? h.recordActionUrl(place) : h.resourceUrl({ resourceId: resource.id() }),
      };
    },
  };
}

/** The same for what is not about one record, on the page of the list. */
export function defineWideDeed<T = object>(deed: WideDeed<T>): Partial<Action<ActionResponse>> {
  const { core, name, fields = [], input = none, weigh } = deed;
  return {
    ...describe(deed, { weighs: !!weigh, download: false }),
    actionType: 'resource',
    isAccessible: ({ currentAdmin }) => mayChange(currentAdmin),
    handler: async (request, _response, { resource, currentAdmin, h }) => {
      if (!currentAdmin) throw new AppError('not_found', { what: '' });
      const answer = await perform<T>({
        ...{ core, name, input, blame: deed.blame ?? {}, admin: currentAdmin, request },
        subject: { type: resource.id(), id: deed.subject },
        accountId: null,
        otherOf: async () => null,
        fields: async () => [...fields, reasonField],
        facts: async () => ({}),
        weigh: weigh ?? null,
        look: deed.look,
        work: (given) => deed.work(given, currentAdmin),
      });
      return answer.done ? { ...answer, redirectUrl: h.resourceUrl({ resourceId: resource.id() }) } : answer;
    },
  };
}

function describe(
  { name, icon = 'Edit', danger }: Described,
  more: Record<string, boolean>,
): Partial<Action<ActionResponse>> {
  return {
    component: 'Deed',
    icon,
    variant: danger ? 'danger' : 'default',
    custom: { deed: name, ...more },
    showInDrawer: false,
  };
}

type Described = { name: string; icon?: string; danger?: boolean };

async function refuseToWork(): Promise<never> {
  throw new AppError('method_not_allowed');
}

/** A row as the audit shows it: these columns alone. */
export function snapshot<R extends Record<string, unknown>>(
  row: R | null,
  columns: readonly (keyof R & string)[],
): Snapshot {
  if (!row) return { gone: true };
  return Object.fromEntries(
    columns.map((column) => {
      const value = row[column];
      if (value instanceof Date) return [column, value.toISOString()];
      const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
      return [column, isPlain ? value : null];
    }),
  );
}

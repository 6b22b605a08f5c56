import {
  type Action,
  type ActionRequest,
  type ActionResponse,
  type BaseRecord,
  type CurrentAdmin,
  flat,
} from 'adminjs';
import { z } from 'zod';
import { AppError, type Snapshot } from '../../core/index.ts';
import type { AdminCore } from '../index.ts';
import { type FaultKey, refuse } from '../prisma-adapter/faults.ts';
import { mayChange } from '../resources/definition.ts';

/** One thing that the page of a deed asks. Its label is the words `panel.fields.<name>`. */
export type Field = { name: string; required?: boolean; initial?: string } & (
  | { type: 'text' | 'long'; max: number }
  | { type: 'number' | 'date' | 'datetime-local' }
  /** Choices have words under `panel.choices.<choice>`, or show themselves. */
  | { type: 'choice'; choices: readonly string[] }
);

/** What an operator does to a record, through the core. Its words are `panel.deeds.<name>`: `explain`, `do`, `done`. */
export type Deed<T> = {
  core: AdminCore;
  /** `suspend`; the audit calls it `<subject>.<name>`. */
  name: string;
  icon?: string;
  danger?: boolean;
  /** Shown only where it makes sense. */
  isVisible?(record: BaseRecord): boolean;
  /** Who may, besides operators and owners being the only ones. */
  isAccessible?(admin: CurrentAdmin, record: BaseRecord): boolean;
  fields?: readonly Field[];
  /** What the fields must hold; faults are told at the field. `reason` is there for the audit. */
  input?: z.ZodType<T>;
  /** The member it concerns. */
  accountOf(record: BaseRecord): string | null;
  /** What the audit shows before and after. */
  look(record: BaseRecord): Promise<Snapshot>;
  work(record: BaseRecord, input: T & { reason: string }, admin: CurrentAdmin): Promise<unknown>;
};

export const reasonField: Field = { name: 'reason', type: 'text', max: 200 };

const none = z.object({}) as unknown as z.ZodType<never>;
/** The words of a zod issue, for a field that is there but wrong. */
const faults: Partial<Record<string, FaultKey>> = {
  too_big: 'too_long',
  invalid_value: 'choice',
  invalid_date: 'date',
};

/**
 * A record action with a page of its own, done by POST alone, through the core, and recorded with what was before and
 * what is after. Refusals of the core come back as sentences, faults of the form at their field.
 */
export function defineDeed<T = object>(deed: Deed<T>): Partial<Action<ActionResponse>> {
  const { core, name, fields = [], input = none } = deed;
  const custom: { deed: string; fields: readonly Field[] } = { deed: name, fields: [...fields, reasonField] };
  return {
    actionType: 'record',
    component: 'Deed',
    icon: deed.icon ?? 'Edit',
    variant: deed.danger ? 'danger' : 'default',
    custom,
    showInDrawer: false,
    isVisible: ({ record }) => !!record && (deed.isVisible?.(record) ?? true),
    isAccessible: ({ currentAdmin, record }) =>
      mayChange(currentAdmin) && (!record || !currentAdmin || (deed.isAccessible?.(currentAdmin, record) ?? true)),
    handler: async (request, _response, { record, resource, currentAdmin, h }) => {
      if (!record || !currentAdmin) throw new AppError('not_found', { what: '' });
      const payload = flat.unflatten(request.payload ?? {}) as Record<string, unknown>;
      // The page was opened.
      if (payload.look) return { record: record.toJSON(currentAdmin) };
      const given = readInput(input, request, payload);
      const reason = String(payload.reason ?? '').slice(0, 500);
      const subject = { type: resource.id(), id: String(record.id()) };
      const email = String(currentAdmin.email);
      const done = {
        actor: { id: String(currentAdmin.id), email },
        action: `${subject.type}.${name}`,
        subject,
        accountId: deed.accountOf(record),
        reason,
      };
      try {
        await core.audit.act(
          done,
          () => deed.look(record),
          () => deed.work(record, { ...given, reason }, currentAdmin),
        );
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        const message = core.words.plain(currentAdmin.locale as string, `errors.${error.code}`, error.values);
        return { record: record.toJSON(currentAdmin), notice: { type: 'error', message } };
      }
      core.log.info({ action: done.action, subject: subject.id, by: done.actor.id }, 'an operator did something');
      const changed = (await resource.findOne(subject.id)) ?? record;
      return {
        record: changed.toJSON(currentAdmin),
        notice: { type: 'success', message: `done_${name}` },
        redirectUrl: h.recordActionUrl({ resourceId: subject.type, recordId: subject.id, actionName: 'show' }),
      };
    },
  };
}

/** Throws the form's own errors. */
function readInput<T>(schema: z.ZodType<T>, _request: ActionRequest, payload: Record<string, unknown>): T {
  const filled = Object.fromEntries(
    Object.entries(payload).map(([name, value]) => [name, value === '' ? undefined : value]),
  );
  const given = schema.safeParse(filled);
  if (given.success) return given.data;
  throw refuse(
    Object.fromEntries(
      given.error.issues.map(({ path: [field = ''], code }) => [
        String(field),
        filled[String(field)] === undefined ? 'required' : (faults[code] ?? 'choice'),
      ]),
    ),
  );
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
      return [
        column,
        typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null,
      ];
    }),
  );
}

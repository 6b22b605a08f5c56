import type { Prisma } from '@prisma/client';
import type { ActionResponse, After, CurrentAdmin, RecordJSON, ResourceOptions } from 'adminjs';
import { formatMoney } from '../../core/index.ts';
import type { Where } from '../prisma-adapter/where.ts';

export type PanelResource = {
  model: Prisma.ModelName;
  /** Columns that don't exist for the panel: secrets and their hashes, and what only machines read. */
  withheld: readonly string[];
  options: ResourceOptions;
  /** What the box above the list finds: ids of the rows that a text means. The list's action says `searchable`. */
  search?: (text: string) => Promise<readonly string[]>;
  /** The filter `view`: rows that a figure counts and that columns alone don't say. Their words are `panel.labels.view_<name>`. */
  views?: Readonly<Record<string, Where>>;
  /** Short names: found when typed whole, by an index, in any case and with a `#` before them or not. */
  shortNames?: readonly string[];
};

const never = { isAccessible: false };
/** For rows that only services write. */
export const readOnly = { new: never, edit: never, delete: never, bulkDelete: never } as const;

/** Viewers only look. */
export function mayChange(currentAdmin: CurrentAdmin | undefined): boolean {
  return currentAdmin?.role === 'owner' || currentAdmin?.role === 'operator';
}

export const newestFirst = { sortBy: 'createdAt', direction: 'desc' } as const;

/** For the action `list`: a box above the list, for which the resource has `search`. Its words are `panel.labels.<label>`. */
export const searchable = (label: string) => ({ custom: { search: label } });

const money = { components: { list: 'Money', show: 'MoneyShown' } };
/** For a column in millionths of a dollar. */
export const microDollars = { ...money, props: { micros: true } };

/** Columns in the smallest unit of the row's `currency`, and the actions that show them as people write sums. */
export function tellMoney(columns: readonly string[]) {
  const write = (record: RecordJSON, locale: string) => {
    const { currency } = record.params;
    const sums = columns.map((column) => [column, formatMoney(locale, { amount: record.params[column], currency })]);
    return { ...record, money: Object.fromEntries(sums) };
  };
  const isShown = ({ params }: RecordJSON) => typeof params?.currency === 'string';
  const after: After<ActionResponse> = async (response, _request, { currentAdmin }) => {
    const tell = (record: RecordJSON) => (isShown(record) ? write(record, currentAdmin?.locale ?? 'en') : record);
    return {
      ...response,
      ...(response.record ? { record: tell(response.record) } : {}),
      ...(response.records ? { records: response.records.map(tell) } : {}),
    };
  };
  return {
    properties: Object.fromEntries(columns.map((column) => [column, money])),
    actions: { list: { after }, show: { after } },
  };
}

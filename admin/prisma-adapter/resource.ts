import { Resource as PrismaResource } from '@adminjs/prisma';
import type { PrismaClient } from '@prisma/client';
import { BaseRecord, type Filter, flat, type ParamsType } from 'adminjs';
import { countRows } from './counting.ts';
import type { ClientModule, Field } from './data-model.ts';
import { explainFailure, refuse } from './faults.ts';
import { adaptProperty, type Column, findColumn, type Property } from './property.ts';
import { type Fault, formatValue, parseValue } from './values.ts';
import { type Where, writeWhere } from './where.ts';

/** What AdminJS is given for a resource: a model with the columns that the panel may know, and where its rows are. */
export type Source = {
  model: { name: string; dbName: string | null; fields: readonly Field[] };
  client: PrismaClient;
  clientModule: ClientModule;
  /** Ids of the rows that a text means, for the filter `search`, which is no column. */
  search?: (text: string) => Promise<readonly string[]>;
  /** What the filter `view` may name, which is no column either. */
  views?: Readonly<Record<string, Where>>;
  /** Columns that are found when their text is typed whole. */
  shortNames?: readonly string[];
};

const deepOffset = 1_000;
const newest = 'createdAt';
/** What lists are sorted by without reading all of a table. */
const indexed = [newest, 'id'];

type Row = Record<string, unknown>;
const pageOfRows = 1_000;
type Sort = { sortBy?: string; direction?: 'asc' | 'desc' };
type Page = { limit?: number; offset?: number; sort?: Sort };

/** A model of Prisma's client, of which all models have these calls. */
type Table = {
  count(query: Row): Promise<number>;
  findMany(query: Row): Promise<Row[]>;
  findUnique(query: Row): Promise<Row | null>;
  create(query: Row): Promise<Row>;
  update(query: Row): Promise<Row>;
  delete(query: Row): Promise<Row>;
};

/**
 * The resource of @adminjs/prisma, taught what PostgreSQL's columns need. Only the columns of the model it
 * is given exist for the panel: others are neither read from the database nor can anyone filter or sort by
 * them, which would tell what they hold. A class because AdminJS asks for one.
 */
export class Resource extends PrismaResource {
  /** By the path of their property. */
  readonly #columns: ReadonlyMap<string, Column>;
  readonly #table: Table;
  /** The same, bringing what is asked for. */
  readonly #keys: Table;
  readonly #source: Source;
  /** What `find` came to know of how many rows a filter leaves. */
  readonly #counted = new WeakMap<Filter, number>();

  constructor(source: Source) {
    super(source);
    const { fields } = source.model;
    this.#source = source;
    this.#columns = new Map(this.properties().map((property) => [property.path(), findColumn(property, fields)]));
    this.#keys = this.manager as Table;
    this.#table = limitTo([...this.#columns.values()], this.#keys);
    this.manager = this.#table;
  }

  protected override prepareProperties(): Record<string, Property> {
    const properties = super.prepareProperties();
    for (const property of Object.values(properties)) adaptProperty(property);
    return properties;
  }

  /** Paths come from addresses, where anything may stand. */
  override property(path: string): Property | null {
    return Object.hasOwn(this.propertiesObject, path) ? super.property(path) : null;
  }

  override async count(filter: Filter): Promise<number> {
    const { client, model } = this.#source;
    const count = (query: Row) => this.#table.count(query);
    const known = this.#counted.get(filter);
    if (known !== undefined) return known;
    const isFiltered = Object.keys(filter?.filters ?? {}).length > 0;
    const orderBy = this.#order({ sortBy: newest });
    const table = model.dbName ?? model.name;
    return countRows({ count, client, table }, { where: await this.#readFilter(filter), orderBy }, isFiltered);
  }

  override async find(filter: Filter, { limit = 10, offset = 0, sort }: Page = {}): Promise<BaseRecord[]> {
    const query = {
      where: await this.#readFilter(filter),
      skip: Math.max(0, offset),
      take: limit > 0 ? limit : 10,
      orderBy: this.#order(sort),
    };
    const isNear = query.skip < deepOffset && (!sort?.sortBy || indexed.includes(sort.sortBy));
    const rows = await (isNear ? this.#table.findMany(query) : this.#findKeysFirst(query));
    // The last page tells how many there are, and to look for more of what is rare takes as long again.
    if (rows.length < query.take && (rows.length || !query.skip)) this.#counted.set(filter, query.skip + rows.length);
    return rows.map((row) => new BaseRecord(this.prepareReturnValues(row), this));
  }

  /** All rows that a filter leaves, by their ids, read a page at a time: each page begins where the last one ended. */
  async *rows(filter: Filter): AsyncGenerator<Row> {
    const id = this.#columns.get(this.idProperty.path())?.name ?? 'id';
    const where = await this.#readFilter(filter);
    let last: unknown;
    do {
      const after = last === undefined ? {} : { cursor: { [id]: last }, skip: 1 };
      const page = await this.#table.findMany({ where, orderBy: { [id]: 'asc' }, take: pageOfRows, ...after });
      yield* page;
      last = page.length === pageOfRows ? page.at(-1)?.[id] : undefined;
    } while (last !== undefined);
  }

  /** The columns that `rows` has. */
  columnNames(): string[] {
    return [...this.#columns.values()].map(({ name }) => name);
  }

  /** Deep in a list, and where rows have to be sorted, only keys are handled and not whole rows. */
  async #findKeysFirst({ orderBy, ...query }: Row): Promise<Row[]> {
    const id = this.idProperty.path();
    const keys = await this.#keys.findMany({ ...query, orderBy, select: { [id]: true } });
    return this.#table.findMany({ where: { [id]: { in: keys.map((key) => key[id]) } }, orderBy });
  }

  /** By that column, and by id where it is the same, so that no row is on two pages or on none. */
  #order({ sortBy = '', direction = 'desc' }: Sort = {}): Row | Row[] {
    const id = this.idProperty.path();
    const property = this.property(sortBy)?.isSortable() ? sortBy : id;
    // A reference is sorted by its key, which may be absent.
    const name = this.#columns.get(property)?.name ?? property;
    return name === id ? { [id]: direction } : [{ [name]: direction }, { [id]: direction }];
  }

  override async findOne(id: string): Promise<BaseRecord | null> {
    const key = this.#readId(id);
    return key === null ? null : super.findOne(key);
  }

  override findMany(ids: (string | number)[]): Promise<BaseRecord[]> {
    return super.findMany(ids.map((id) => this.#readId(id)).filter((key) => key !== null));
  }

  override create(params: ParamsType): Promise<ParamsType> {
    const required = this.properties().filter((property) => property.isRequired());
    const nothing = Object.fromEntries(required.map((property) => [property.path(), null]));
    return this.#attempt(() => super.create({ ...nothing, ...params }));
  }

  override update(id: string, params: ParamsType = {}): Promise<ParamsType> {
    const { [this.idProperty.path()]: _, ...changes } = params;
    return this.#attempt(() => super.update(this.#readExistingId(id), changes));
  }

  override delete(id: string): Promise<void> {
    return this.#attempt(() => super.delete(this.#readExistingId(id)));
  }

  /** What was typed, for the columns that may be written. */
  protected override prepareParams(params: ParamsType): Row {
    const data: Row = {};
    const faults: Record<string, Fault> = {};
    for (const [path, column] of this.#columns) {
      const typed = flat.get(params, path);
      if (typed === undefined || !this.property(path)?.isEditable()) continue;
      const parsed = parseValue(column, typed);
      if ('fault' in parsed) faults[path] = parsed.fault;
      else data[column.name] = parsed.value;
    }
    if (Object.keys(faults).length) throw refuse(faults);
    return data;
  }

  protected override prepareReturnValues(row: Row): ParamsType {
    const values = super.prepareReturnValues(row);
    return Object.fromEntries([...this.#columns].map(([path, column]) => [path, formatValue(column, values[path])]));
  }

  async #readFilter(filter?: Filter): Promise<Where> {
    const { search, shortNames, views } = this.#source;
    const named = (name: string) => Object.values(filter?.filters ?? {}).find(({ path }) => path === name)?.value;
    const those = (ids: readonly string[]) => ({ [this.idProperty.path()]: { in: ids } });
    const where = [writeWhere(this.#columns, filter, shortNames)];
    const [text, view] = [named('search'), named('view')];
    if (search && typeof text === 'string' && text.trim()) where.push(those(await search(text)));
    if (views && typeof view === 'string') where.push((Object.hasOwn(views, view) && views[view]) || those([]));
    return { AND: where };
  }

  /** An id of an address as the database has it; null when no row can have it. */
  #readId(id: string | number): string | null {
    const column = this.#columns.get(this.idProperty.path());
    const parsed = column && parseValue(column, id);
    // Typed for texts and numbers, while Prisma is handed whatever it is.
    return parsed && 'value' in parsed ? (parsed.value as string) : null;
  }

  #readExistingId(id: string): string {
    const key = this.#readId(id);
    if (key === null) throw refuse({ [this.idProperty.path()]: 'gone' });
    return key;
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explainFailure(error, this.idProperty.path());
    }
  }
}

/** The same calls, bringing only these columns from the database. */
function limitTo(columns: readonly Column[], table: Table): Table {
  const select = Object.fromEntries(columns.map(({ name }) => [name, true]));
  return {
    count: (query) => table.count(query),
    findMany: (query) => table.findMany({ ...query, select }),
    findUnique: (query) => table.findUnique({ ...query, select }),
    create: (query) => table.create({ ...query, select }),
    update: (query) => table.update({ ...query, select }),
    delete: (query) => table.delete({ ...query, select }),
  };
}

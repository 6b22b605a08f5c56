import { BaseRecord, BaseResource, type Filter, flat, type ParamsType } from 'adminjs';
import type { Column } from './data-model.ts';
import { explainFailure, refuse } from './faults.ts';
import { Property } from './property.ts';
import { type Fault, formatValue, parseValue } from './values.ts';
import { type Where, writeWhere } from './where.ts';

type Row = Record<string, unknown>;
type Select = Record<string, true>;

/** What the panel uses of a model of Prisma's client. */
export type Table = {
  count(query: { where: Where }): Promise<number>;
  findMany(query: {
    where: Where;
    select: Select;
    skip?: number;
    take?: number;
    orderBy?: Record<string, 'asc' | 'desc'>;
  }): Promise<Row[]>;
  findUnique(query: { where: Row; select: Select }): Promise<Row | null>;
  create(query: { data: Row; select: Select }): Promise<Row>;
  update(query: { where: Row; data: Row; select: Select }): Promise<Row>;
  delete(query: { where: Row; select: Select }): Promise<Row>;
};

type Page = { limit?: number; offset?: number; sort?: { sortBy?: string; direction?: 'asc' | 'desc' } };

/**
 * A model of Prisma to AdminJS. Only the columns given exist for the panel: others are neither read from
 * the database nor can anyone filter or sort by them, which would tell what they hold. A class because
 * AdminJS asks for one.
 */
export class Resource extends BaseResource {
  readonly #name: string;
  readonly #table: Table;
  readonly #properties: readonly Property[];
  readonly #idColumn: Column;
  readonly #select: Select;

  constructor({ name, columns, table }: { name: string; columns: readonly Column[]; table: Table }) {
    super();
    const idColumn = columns.find(({ isId }) => isId);
    if (!idColumn) throw new Error(`The panel needs a column that identifies each ${name}`);
    this.#name = name;
    this.#table = table;
    this.#properties = columns.map((column, position) => new Property(column, position));
    this.#idColumn = idColumn;
    this.#select = Object.fromEntries(columns.map((column) => [column.name, true]));
  }

  override id(): string {
    return this.#name;
  }

  override databaseName(): string {
    return 'postgres';
  }

  override properties(): Property[] {
    return [...this.#properties];
  }

  override property(path: string): Property | null {
    return this.#properties.find((property) => property.path() === path) ?? null;
  }

  override count(filter: Filter): Promise<number> {
    return this.#table.count({ where: writeWhere(filter) });
  }

  override async find(filter: Filter, { limit = 10, offset = 0, sort = {} }: Page = {}): Promise<BaseRecord[]> {
    const by = this.property(sort.sortBy ?? '');
    const rows = await this.#table.findMany({
      where: writeWhere(filter),
      select: this.#select,
      skip: Math.max(0, offset),
      take: limit > 0 ? limit : 10,
      orderBy: { [by?.isSortable() ? by.path() : this.#idColumn.name]: sort.direction === 'asc' ? 'asc' : 'desc' },
    });
    return rows.map((row) => this.#toRecord(row));
  }

  override async findOne(id: string): Promise<BaseRecord | null> {
    const where = this.#whereId(id);
    const row = where && (await this.#table.findUnique({ where, select: this.#select }));
    return row ? this.#toRecord(row) : null;
  }

  override async findMany(ids: (string | number)[]): Promise<BaseRecord[]> {
    const { name } = this.#idColumn;
    const known = ids.map((id) => this.#whereId(String(id))?.[name]).filter((id) => id !== undefined);
    const rows = await this.#table.findMany({ where: { [name]: { in: known } }, select: this.#select });
    return rows.map((row) => this.#toRecord(row));
  }

  override async create(params: ParamsType): Promise<ParamsType> {
    const data = this.#read(params, { creating: true });
    return this.#format(await this.#attempt(() => this.#table.create({ data, select: this.#select })));
  }

  override async update(id: string, params: ParamsType = {}): Promise<ParamsType> {
    const data = this.#read(params, { creating: false });
    const where = this.#whereExisting(id);
    return this.#format(await this.#attempt(() => this.#table.update({ where, data, select: this.#select })));
  }

  override async delete(id: string): Promise<void> {
    const where = this.#whereExisting(id);
    await this.#attempt(() => this.#table.delete({ where, select: this.#select }));
  }

  /** What was typed, for the columns that may be written; an id only while creating. */
  #read(params: ParamsType, { creating }: { creating: boolean }): Row {
    const data: Row = {};
    const faults: Record<string, Fault> = {};
    for (const property of this.#properties) {
      const { column } = property;
      if (!property.isEditable() || (column.isId && !creating)) continue;
      const typed = flat.get(params, column.name);
      if (typed === undefined && !(creating && property.isRequired())) continue;
      const parsed = parseValue(column, typed);
      if ('fault' in parsed) faults[column.name] = parsed.fault;
      else data[column.name] = parsed.value;
    }
    if (Object.keys(faults).length) throw refuse(faults);
    return data;
  }

  #whereId(id: string): Row | null {
    const parsed = parseValue({ ...this.#idColumn, isRequired: true }, id);
    return 'value' in parsed ? { [this.#idColumn.name]: parsed.value } : null;
  }

  #whereExisting(id: string): Row {
    const where = this.#whereId(id);
    if (!where) throw refuse({ [this.#idColumn.name]: 'gone' });
    return where;
  }

  #toRecord(row: Row): BaseRecord {
    return new BaseRecord(this.#format(row), this);
  }

  #format(row: Row): ParamsType {
    return Object.fromEntries(
      this.#properties.map(({ column }) => [column.name, formatValue(column, row[column.name])]),
    );
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explainFailure(error, this.#idColumn.name);
    }
  }
}

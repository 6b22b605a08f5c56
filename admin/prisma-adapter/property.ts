import { BaseProperty, type PropertyType } from 'adminjs';
import type { Column } from './data-model.ts';

/** A column to AdminJS. A class because AdminJS asks for one. */
export class Property extends BaseProperty {
  readonly column: Column;

  constructor(column: Column, position: number) {
    super({ path: column.name, isId: column.isId, position });
    this.column = column;
  }

  override type(): PropertyType {
    const { column } = this;
    if (column.references) return 'reference';
    if (column.type === 'Boolean') return 'boolean';
    if (column.type === 'Json') return 'textarea';
    if (column.type === 'DateTime') return column.nativeType === 'Date' ? 'date' : 'datetime';
    // Not `number`: AdminJS makes 0 of an empty field, and here empty means no limit.
    return 'string';
  }

  override reference(): string | null {
    return this.column.references;
  }

  override availableValues(): string[] | null {
    return this.column.values ? [...this.column.values] : null;
  }

  override isArray(): boolean {
    return this.column.isList;
  }

  override isRequired(): boolean {
    return this.column.isRequired && !this.column.hasDefault && !this.column.isList;
  }

  override isVisible(): boolean {
    return true;
  }

  override isEditable(): boolean {
    const { column } = this;
    return !column.isUpdatedAt && column.name !== 'createdAt' && !(column.isId && column.hasDefault);
  }

  override isSortable(): boolean {
    return !this.column.isList && this.column.type !== 'Json';
  }
}

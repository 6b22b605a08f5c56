import type { Resource } from '@adminjs/prisma';
import type { PropertyType } from 'adminjs';
import type { Field } from './data-model.ts';

/** @adminjs/prisma's own; it is not exported by name. */
export type Property = NonNullable<ReturnType<Resource['property']>>;

/** What stands behind a property in the database: of a reference, the column with the key. */
export type Column = {
  name: string;
  /** Prisma's name of it (`String`, `Int`, `DateTime`…) or of an enum. */
  type: string;
  nativeType: string | null;
  isList: boolean;
  isRequired: boolean;
  /** A text that may be empty, though never null: its default is the empty one. */
  mayBeEmpty?: boolean;
  isReference: boolean;
  /** What an enum allows, else null. */
  choices: readonly string[] | null;
  /** Most characters that fit. */
  maxLength: number | null;
};

/** Puts the answers for columns that @adminjs/prisma doesn't know into its own property. */
export function adaptProperty(property: Property): Property {
  const field: Field = property.column;
  const type = chooseType(field, property.type());
  return Object.assign(property, {
    type: () => type,
    isArray: () => field.isList,
    isRequired: () => field.isRequired && !field.hasDefaultValue && !field.isList,
    isVisible: () => true,
    isEditable: () => !field.isUpdatedAt && field.name !== 'createdAt' && !(field.isId && field.hasDefaultValue),
    isSortable: () => !field.isList && field.type !== 'Json',
  });
}

function chooseType(field: Field, stock: PropertyType): PropertyType {
  if (field.type === 'Json') return 'textarea';
  if (field.nativeType?.[0] === 'Date') return 'date';
  // AdminJS makes 0 of an empty number, and here empty means no limit.
  return stock === 'number' ? 'string' : stock;
}

/** `fields` are those of the property's model. */
export function findColumn(property: Property, fields: readonly Field[]): Column {
  const name = property.foreignColumnName() ?? property.path();
  const field = fields.find((each) => each.name === name);
  if (!field) throw new Error(`The panel needs the column ${name} for ${property.path()}`);
  const [nativeType = null, parameters = []] = field.nativeType ?? [];
  return {
    name,
    type: field.type,
    nativeType,
    isList: field.isList,
    isRequired: field.isRequired,
    mayBeEmpty: field.default === '',
    isReference: property.reference() !== null,
    choices: property.availableValues(),
    maxLength: nativeType === 'VarChar' || nativeType === 'Char' ? Number(parameters[0]) : null,
  };
}

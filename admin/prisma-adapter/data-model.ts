import { readFileSync } from 'node:fs';
import { getDMMF } from '@prisma/get-dmmf';

/** A column as the panel needs to know it. */
export type Column = {
  name: string;
  /** Prisma's name of it (`String`, `Int`, `DateTime`…) or of an enum. */
  type: string;
  nativeType: string | null;
  isList: boolean;
  isRequired: boolean;
  isId: boolean;
  hasDefault: boolean;
  isUpdatedAt: boolean;
  /** What an enum allows, else null. */
  values: readonly string[] | null;
  /** The model whose id it holds. */
  references: string | null;
  /** Most characters that fit. */
  maxLength: number | null;
};

const schemaFile = new URL('../../prisma/schema.prisma', import.meta.url);

/**
 * The columns of every model. The client brings a trimmed data model without keys, lists and
 * relations, so it is read from the schema itself.
 */
export function readDataModel(): ReadonlyMap<string, readonly Column[]> {
  const read = getDMMF({ datamodel: [['schema.prisma', readFileSync(schemaFile, 'utf8')]] });
  if ('error' in read) throw read.error;
  const { datamodel } = read;
  const enums = new Map(datamodel.enums.map(({ name, values }) => [name, values.map((value) => value.name)]));
  return new Map(
    datamodel.models.map(({ name, fields }) => {
      const references = new Map(
        fields.flatMap((field) => (field.relationFromFields ?? []).map((column) => [column, field.type] as const)),
      );
      const columns = fields.filter(({ kind }) => kind === 'scalar' || kind === 'enum');
      return [
        name,
        columns.map((field): Column => {
          const [nativeType = null, parameters = []] = field.nativeType ?? [];
          const limited = nativeType === 'VarChar' || nativeType === 'Char';
          return {
            name: field.name,
            type: field.type,
            nativeType,
            isList: field.isList,
            isRequired: field.isRequired,
            isId: field.isId,
            hasDefault: field.hasDefaultValue,
            isUpdatedAt: field.isUpdatedAt === true,
            values: enums.get(field.type) ?? null,
            references: references.get(field.name) ?? null,
            maxLength: limited ? Number(parameters[0]) : null,
          };
        }),
      ];
    }),
  );
}

import { readFileSync } from 'node:fs';
import type { Prisma } from '@prisma/client';
import { getDMMF } from '@prisma/get-dmmf';

/** The data model where @adminjs/prisma looks for it: in a module of Prisma's client. */
export type ClientModule = { Prisma: { dmmf: Prisma.DMMF.Document } };
export type Field = Prisma.DMMF.Field;

const schemaFile = new URL('../../prisma/schema.prisma', import.meta.url);

/** The client's own data model comes without keys, lists, relations and enums, so it is read from the schema. */
export function readClientModule(): ClientModule {
  const dmmf = getDMMF({ datamodel: [['schema.prisma', readFileSync(schemaFile, 'utf8')]] });
  if ('error' in dmmf) throw dmmf.error;
  return { Prisma: { dmmf } };
}

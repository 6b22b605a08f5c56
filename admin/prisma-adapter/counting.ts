import type { PrismaClient } from '@prisma/client';

/** As many rows as a list leads to when it is filtered; one more stands for "more than that". */
const mostCounted = 10_000;

type Count = (query: { where: object; orderBy: object; take: number }) => Promise<number>;

/**
 * How many rows a list has, for its pages: exactly up to 10,000. Of more, a filtered list answers 10,001, and a whole
 * table what PostgreSQL reckons, since to count a million rows takes longer than to show any of them. Rows are counted
 * in the order of `orderBy`, for which there should be an index: Prisma would take their ids', which lie all over the table.
 */
export async function countRows(
  { count, client, table }: { count: Count; client: Pick<PrismaClient, '$queryRaw'>; table: string },
  query: { where: object; orderBy: object },
  isFiltered: boolean,
): Promise<number> {
  const reckoned = isFiltered ? 0 : await reckon(client, table);
  // 10,001 has a meaning of its own.
  if (reckoned > mostCounted) return Math.max(reckoned, mostCounted + 2);
  return count({ ...query, take: mostCounted + 1 });
}

/** What PostgreSQL noted when it last looked through the table; 0 or less before that. */
async function reckon(client: Pick<PrismaClient, '$queryRaw'>, table: string): Promise<number> {
  const [noted] = await client.$queryRaw<{ rows: number }[]>`
    SELECT reltuples::float8 AS rows FROM pg_class WHERE oid = to_regclass(quote_ident(${table}))`;
  return Math.round(noted?.rows ?? 0);
}

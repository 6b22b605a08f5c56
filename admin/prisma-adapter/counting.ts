import type { PrismaClient } from '@prisma/client';

/** As many rows as a list leads to when it is filtered; one more stands for "more than that". */
export const mostCounted = 10_000;

type Count = (query: { where: object; take: number }) => Promise<number>;

/**
 * How many rows a list has, for its pages: exactly up to 10,000. Of more, a filtered list answers 10,001, and a whole
 * table what PostgreSQL reckons, since to count a million rows takes longer than to show any of them.
 */
export async function countRows(
  { count, client, table }: { count: Count; client: Pick<PrismaClient, '$queryRaw'>; table: string },
  where: object,
  isFiltered: boolean,
): Promise<number> {
  const counted = await count({ where, take: mostCounted + 1 });
  if (counted <= mostCounted || isFiltered) return counted;
  const [reckoned] = await client.$queryRaw<{ rows: number }[]>`
    SELECT reltuples::float8 AS rows FROM pg_class WHERE oid = to_regclass(quote_ident(${table}))`;
  return Math.max(counted + 1, Math.round(reckoned?.rows ?? 0));
}

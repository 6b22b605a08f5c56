import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { type Address, parseAddress } from './address.ts';

/**
 * `@prisma/adapter-pg` made fit for migrations. As it comes it splits scripts at every `;` (breaking functions
 * and strings), drops its shadow database while still connected to it, and does not know two catalogue types.
 */
export function createMigrationAdapter(
  address: Address,
  shadowUrl: string | null,
): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => openAdapter(address),
    connectToShadowDb: () => openShadow(shadowUrl ? parseAddress(shadowUrl) : address),
  };
}

/** A database of its own on that server, so that the one which the address names is never touched. */
async function openShadow(address: Address): Promise<SqlDriverAdapter> {
  const database = `prisma_migrate_shadow_db_${randomUUID()}`;
  await runOnce(address, `CREATE DATABASE "${database}"`);
  return openAdapter({ ...address, connection: { ...address.connection, database } }, () =>
    runOnce(address, `DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`),
  );
}

async function runOnce({ connection }: Address, sql: string): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function openAdapter(
  { connection, schema }: Address,
  release: () => Promise<void> = async () => {},
): Promise<SqlDriverAdapter> {
  const pool = new pg.Pool({ ...connection, max: 1, options: `-c search_path=${schema}` });
  const catalogue = translateCatalogueTypes(pool);
  const adapter = await new PrismaPg(pool, { schema }).connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  return Object.assign(adapter, {
    queryRaw: async (query: Parameters<typeof queryRaw>[0]) => {
      const result = await queryRaw(query);
      for (const column of catalogue.singleCharacters()) result.columnTypes[column] = ColumnTypeEnum.Character;
      return result;
    },
    executeScript: async (script: string) => {
      // One message of the simple protocol is one implicit transaction, as in the Rust engine.
      await pool.query(script).catch((error: unknown) => raise(adapter, error));
    },
    dispose: async () => {
      await pool.end();
      await release();
    },
  });
}

const types = { char: 18, text: 25, nameList: 1003, textList: 1009 };

/** Presents `"char"` and `name[]` columns as text, and tells which columns of the last answer were `"char"`. */
function translateCatalogueTypes(pool: pg.Pool): { singleCharacters(): number[] } {
  let singleCharacters: number[] = [];
  const query = pool.query.bind(pool) as (...given: unknown[]) => Promise<pg.QueryResult>;
  const translated = async (...given: unknown[]) => {
    const result = await query(...given);
    singleCharacters = [];
    for (const [index, field] of (result.fields ?? []).entries()) {
      if (field.dataTypeID === types.char) {
        field.dataTypeID = types.text;
        singleCharacters.push(index);
      } else if (field.dataTypeID === types.nameList) field.dataTypeID = types.textList;
    }
    return result;
  };
  Object.assign(pool, { query: translated });
  return { singleCharacters: () => singleCharacters };
}

function raise(adapter: SqlDriverAdapter, error: unknown): never {
  // Why: the adapter's translation of errors is protected, and a second one here would drift from it.
  return (adapter as unknown as { onError(error: unknown): never }).onError(error);
}

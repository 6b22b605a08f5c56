/**
 * Settings of the `prisma` command line. Prisma's own schema engine is a binary that is fetched from the
 * internet while installing; `scripts/schema-engine.ts` takes its place, so every command runs offline.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'prisma/config';

const root = import.meta.dirname;
if (existsSync(path.join(root, '.env'))) process.loadEnvFile(path.join(root, '.env'));

process.env.PRISMA_SCHEMA_ENGINE_BINARY ||= path.join(root, 'scripts/schema-engine.ts');
// The engine is TypeScript: its first line must find the Node of this project, not an older one of the machine.
process.env.PATH = [path.join(root, 'node_modules/.bin'), process.env.PATH].join(path.delimiter);

// `generate` and `validate` need no database, and must work before there is one.
const url = process.env.DATABASE_URL;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // Our engine makes its shadow database beside the one named here, and drops it afterwards.
  ...(url ? { datasource: { url, shadowDatabaseUrl: url } } : {}),
});

import { readFileSync } from 'node:fs';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as runtime from '@prisma/schema-engine-wasm/schema_engine_bg';
import { createMigrationAdapter } from './adapter.ts';
import { parseAddress } from './address.ts';

/** Parameters and answers are Prisma's own JSON; they are passed through unread. */
type Call = (params: Record<string, unknown>) => Promise<unknown>;
export type Engine = { call(method: string, params: Record<string, unknown>): Promise<unknown> };

/** Loads the WebAssembly engine on the first call, as `prisma generate` starts one it never asks anything. */
export function loadEngine(given: { url: string; shadowUrl: string | null; schemaFiles: string[] }): Engine {
  let opened: Promise<Record<string, Call>> | undefined;
  return {
    call: async (method, params) => {
      opened ??= openEngine(given);
      const engine = await opened;
      // This build reads the history only from a cache that the diagnosis fills, through the shadow database.
      if (method === 'evaluateDataLoss' || method === 'createMigration') {
        const { migrationsList, filters } = params;
        await engine.diagnoseMigrationHistory?.({ migrationsList, filters, optInToShadowDatabase: true });
      }
      const name = method === 'getDatabaseVersion' ? 'version' : method;
      const call = engine[name];
      if (typeof call !== 'function') throw new Error(`The schema engine has no method ${method}`);
      return call.call(engine, params);
    },
  };
}

async function openEngine(given: Parameters<typeof loadEngine>[0]): Promise<Record<string, Call>> {
  instantiate();
  const adapter = bindMigrationAwareSqlAdapterFactory(createMigrationAdapter(parseAddress(given.url), given.shadowUrl));
  const datamodels = given.schemaFiles.map((file): [string, string] => [file, readFileSync(file, 'utf8')]);
  const writeLog = (line: string) => {
    if (process.env.DEBUG) process.stderr.write(`${line}\n`);
  };
  const options = { datamodels: datamodels.length > 0 ? datamodels : undefined };
  const engine = await runtime.SchemaEngine.new(options, writeLog, adapter);
  return engine as unknown as Record<string, Call>;
}

function instantiate(): void {
  const file = new URL(import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
  const bytes = readFileSync(new URL('schema_engine_bg.wasm', file));
  // Why: the glue's type file leaves out the two functions that bind it to its WebAssembly module.
  const glue = runtime as unknown as { __wbg_set_wasm(exports: WebAssembly.Exports): void };
  const imports = { './schema_engine_bg.js': runtime as unknown as WebAssembly.ModuleImports };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
  glue.__wbg_set_wasm(exports);
  (exports.__wbindgen_start as () => void)();
}

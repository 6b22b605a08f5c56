#!/usr/bin/env node
/**
 * Stands in for Prisma's `schema-engine` binary: the same arguments, the same JSON-RPC over standard input and
 * output, carried out by Prisma's own WebAssembly build of the engine and node-postgres. Run by the `prisma`
 * command line through PRISMA_SCHEMA_ENGINE_BINARY (see prisma.config.ts), never by hand.
 */
import { readArguments } from './schema-engine/arguments.ts';
import { runDatabaseCommand } from './schema-engine/database-command.ts';
import { loadEngine } from './schema-engine/engine.ts';
import { serveRequests } from './schema-engine/rpc.ts';

const given = readArguments(process.argv.slice(2));

if (given.kind === 'version') console.log('schema-engine-cli 7.10.0 (WebAssembly)');
else if (given.kind === 'database') process.exitCode = await runDatabaseCommand(given);
else await serveRequests(loadEngine(given));

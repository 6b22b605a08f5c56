import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ProcessMark } from './process.ts';

/** What is known of the server of a folder; without birth only the port it is to have again. */
export type ServerRecord = ProcessMark & { port: number; ownerPid: number };

/** What was last written down about the server of that folder, by whichever process. */
export function readRecord(folder: string): ServerRecord | null {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'server.json'), 'utf8')) as ServerRecord;
  } catch {
    // None yet, or cut short by a crash of the machine: either way nothing is known of a server.
    return null;
  }
}

export function writeRecord(folder: string, record: ServerRecord): void {
  writeFileSync(path.join(folder, 'server.json'), `${JSON.stringify(record)}\n`, { mode: 0o600 });
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a check says when the vendor's description is not there. */
export const SPECS_MISSING = 'specs not present: this check did not run';

/**
 * Reads a vendor's API description out of the directory that EASEL_SPECS names. They are the vendors' files and
 * not part of this repository, so null, for an absent variable or file, is the ordinary case of a plain clone.
 */
export function readSpec(filename: string): unknown {
  // Why the environment here: this is a setting of the test run, not of the service.
  const directory = process.env.EASEL_SPECS;
  if (!directory) return null;
  const path = join(directory, filename);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
}

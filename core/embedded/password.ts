import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** The password of an embedded server, made once: on a shared machine loopback is open to everyone. */
export function keepPassword(file: string): string {
  if (!existsSync(file)) {
    // Renamed into place, so that a crash leaves a whole password or none.
    writeFileSync(`${file}.new`, randomBytes(24).toString('base64url'), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return readFileSync(file, 'utf8');
}

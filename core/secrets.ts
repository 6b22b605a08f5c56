import { hkdfSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from './settings.ts';

/** Keys for every purpose from one secret, so that none is ever used for two things. */
export type Secrets = {
  /** 32 bytes, always the same for a purpose on one installation. */
  derive(purpose: string): Uint8Array;
};

/** SECRET_KEY, or a key made once and kept in `DATA_DIR/secret.key`, readable by its owner only. */
export function loadSecrets(settings: Pick<Settings, 'secretKey' | 'dataDirectory'>): Secrets {
  const secret = settings.secretKey ?? readOrMakeSecret(settings.dataDirectory);
  return { derive: (purpose) => new Uint8Array(hkdfSync('sha256', secret, 'easel', purpose, 32)) };
}

function readOrMakeSecret(directory: string): string {
  const file = join(directory, 'secret.key');
  mkdirSync(directory, { recursive: true });
  try {
    // `wx` fails when the file exists, so two processes starting at once end up with one key.
    writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8').trim();
}

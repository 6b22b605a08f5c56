import { hkdfSync, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  const secret = read(file) ?? make(file);
  // A key that was cut short would go unnoticed and be guessable.
  if (!/^[0-9a-f]{64}$/.test(secret))
    throw new Error(
      `${file} is damaged: restore it from a backup, or delete it and a new one is made; buttons and codes sent so far stop working then`,
    );
  return secret;
}

/** Written aside and linked when whole: of processes that start together one wins, and none reads half a key. */
function make(file: string): string {
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  writeFileSync(draft, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(file, 'utf8').trim();
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

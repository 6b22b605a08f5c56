import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSecrets } from './secrets.ts';

describe('keys', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'easel-secrets-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const load = (secretKey: string | null = null) => loadSecrets({ secretKey, dataDirectory: folder });
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

  it('are the same after a restart, and different for every purpose', () => {
    const first = hex(load().derive('buttons'));
    expect(hex(load().derive('buttons'))).toBe(first);
    expect(hex(load().derive('email-codes'))).not.toBe(first);
  });

  it('come from SECRET_KEY when it is set, and nothing is written then', () => {
    const first = hex(load('a'.repeat(32)).derive('buttons'));
    expect(hex(load('b'.repeat(32)).derive('buttons'))).not.toBe(first);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('lie in a file that only its owner reads, and nothing else is left beside it', () => {
    load();
    expect(statSync(path.join(folder, 'secret.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['secret.key']);
  });

  it('are one for processes that start together', async () => {
    const source = path.resolve('core/secrets.ts');
    const script = `
      import { loadSecrets } from ${JSON.stringify(source)};
      const secrets = loadSecrets({ secretKey: null, dataDirectory: ${JSON.stringify(folder)} });
      process.stdout.write(Buffer.from(secrets.derive('buttons')).toString('hex'));`;
    const start = () => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    const made = await Promise.all(Array.from({ length: 6 }, start));
    expect(new Set(made.map(({ stdout }) => stdout))).toEqual(new Set([hex(load().derive('buttons'))]));
  });

  it.each(['', 'abc123'])('are never taken from a damaged file: %j', (content) => {
    writeFileSync(path.join(folder, 'secret.key'), content);
    expect(() => load()).toThrow(/secret\.key is damaged/);
    expect(readFileSync(path.join(folder, 'secret.key'), 'utf8')).toBe(content);
  });
});

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { acquireLock } from '../../core/embedded/lock.ts';
import { programsFolder } from './programs.ts';

const launchArguments = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
const systemChromium = '/usr/bin/chromium';

/** Starts a headless Chromium: the one of CHROMIUM_PATH, else the system's, else the one of the npm packages. */
export async function launchBrowser(): Promise<Browser> {
  const { executablePath, environment } = await findChromium();
  return chromium.launch({
    executablePath,
    args: launchArguments,
    ...(environment ? { env: { ...process.env, ...environment } } : {}),
  });
}

/** The program, and the variables that it needs beside ours to find its fonts and libraries. */
async function findChromium(): Promise<{ executablePath: string; environment?: Record<string, string> }> {
  const given = process.env.CHROMIUM_PATH;
  if (given) return { executablePath: given };
  if (existsSync(systemChromium)) return { executablePath: systemChromium };
  const folder = path.join(programsFolder, 'chromium');
  await unpackOnce(folder);
  const executablePath = path.join(folder, 'chromium');
  const environment: Record<string, string> = { FONTCONFIG_FILE: path.join(folder, 'fonts.conf') };
  const { stdout } = spawnSync('ldd', [executablePath], { encoding: 'utf8' });
  // A bare machine lacks NSS and expat; the package brings them for such a one. Else the system's own are better.
  if (stdout?.includes('not found')) environment.LD_LIBRARY_PATH = path.join(folder, 'al2023/lib');
  return { executablePath, environment };
}

async function unpackOnce(folder: string): Promise<void> {
  mkdirSync(programsFolder, { recursive: true });
  const lock = await acquireLock(`${folder}.lock`, { waitMs: 60_000 });
  try {
    if (!existsSync(folder)) unpack(folder);
  } finally {
    lock?.release();
  }
}

/** The package always unpacks into the folder for temporary files, so it is given one of its own to do so. */
function unpack(folder: string): void {
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished);
  const archives = path.join(path.dirname(new URL(import.meta.resolve('@sparticuz/chromium')).pathname), '../bin');
  const names = ['chromium.br', 'fonts.tar.br', 'swiftshader.tar.br', 'al2023.tar.br'];
  const files = names.map((name) => path.join(archives, name));
  const script = `import { inflate } from '@sparticuz/chromium';
    await Promise.all(${JSON.stringify(files)}.map((file) => inflate(file)));`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    env: { ...process.env, TMPDIR: unfinished },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`Chromium could not be unpacked into ${unfinished}: ${stderr}`);
  writeFileSync(path.join(unfinished, 'fonts.conf'), describeFonts(folder));
  renameSync(unfinished, folder);
}

function describeFonts(folder: string): string {
  const folders = [path.join(folder, 'fonts'), '/usr/share/fonts'].map((name) => `<dir>${name}</dir>`);
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>${folders.join('')}<cachedir>${path.join(folder, 'font-cache')}</cachedir></fontconfig>
`;
}

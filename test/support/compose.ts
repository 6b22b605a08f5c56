import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

const root = path.join(import.meta.dirname, '../..');

export type ComposeService = {
  image: string;
  build?: string;
  command?: string[];
  environment: Record<string, string>;
  env_file?: string;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[]; timeout: string };
  restart: string;
  stop_grace_period?: string;
};

export type Compose = { services: Record<string, ComposeService>; volumes: Record<string, unknown> };

/** The file as compose reads it with those variables. Throws the file's own words when a required one is missing. */
export function readCompose(variables: Record<string, string>): Compose {
  const text = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8');
  return parse(interpolate(text.replace(/^\s*#.*$/gm, ''), variables), { merge: true }) as Compose;
}

/** Names of the variables that must be set. */
export function readRequiredVariables(): string[] {
  const text = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8');
  return [...new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name as string))].sort();
}

function interpolate(text: string, variables: Record<string, string>): string {
  return text.replace(/\$(?:\$|\{(\w+)(?::([-?])([^}]*))?\})/g, (whole, name, kind, rest) => {
    if (whole === '$$') return '$';
    const value = variables[name];
    if (value) return value;
    if (kind === '-') return rest;
    if (kind === '?') throw new Error(`${name} ${rest}`);
    return '';
  });
}

/**
 * Lays out in `folder` what the last stage of the Dockerfile copies into the image, and nothing else; of the
 * packages those for production.
 */
export function layOutImage(folder: string): void {
  const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8');
  const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  for (const [, given = ''] of lastStage.matchAll(/^COPY (?!--)(.+)$/gm)) {
    const sources = given.split(' ');
    const target = sources.pop() as string;
    for (const source of sources) {
      const name = target.endsWith('/') ? path.join(target, path.basename(source)) : target;
      cpSync(path.join(root, source), path.join(folder, name), { recursive: true, filter: entersBuild });
    }
  }
  linkPackages(path.join(folder, 'node_modules'));
}

/** As .dockerignore has it: nothing but what is named there, and no tests. */
function entersBuild(file: string): boolean {
  const rules = readFileSync(path.join(root, '.dockerignore'), 'utf8').split('\n');
  const [top] = path.relative(root, file).split(path.sep);
  return rules.includes(`!${top}`) && !file.endsWith('.test.ts');
}

function linkPackages(folder: string): void {
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  const names = Object.entries(lock.packages)
    .filter(([place, { dev }]) => !dev && /^node_modules\/(@[^/]+\/)?[^/]+$/.test(place))
    .map(([place]) => place.slice('node_modules/'.length));
  for (const name of [...names, '.prisma']) {
    const installed = path.join(root, 'node_modules', name);
    // Packages for other systems stand in the lock as well.
    if (!existsSync(installed)) continue;
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    symlinkSync(installed, path.join(folder, name));
  }
}

import type { ClientConfig } from 'pg';

/** A `postgresql://` address taken apart; `schema` is Prisma's own parameter, unknown to node-postgres. */
export type Address = { connection: ClientConfig & { database: string }; schema: string };

/** Accepts Prisma's form of the address, with `schema`, `host` (a socket's folder) and `sslmode` as parameters. */
export function parseAddress(text: string): Address {
  const url = new URL(text);
  const encrypted = ['require', 'prefer', 'no-verify'].includes(url.searchParams.get('sslmode') ?? '');
  return {
    connection: {
      host: url.searchParams.get('host') ?? (url.hostname || 'localhost'),
      port: Number(url.port || 5432),
      user: decodeURIComponent(url.username) || 'postgres',
      password: decodeURIComponent(url.password) || undefined,
      database: decodeURIComponent(url.pathname.slice(1)) || 'postgres',
      ...(encrypted ? { ssl: { rejectUnauthorized: false } } : {}),
    },
    schema: url.searchParams.get('schema') ?? 'public',
  };
}

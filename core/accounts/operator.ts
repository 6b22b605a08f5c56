import { randomBytes, randomUUID } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Settings } from '../settings.ts';

/** OWASP's parameters: 19 MiB, two passes. The package's enum is empty at run time here, so 2 stands for Argon2id. */
export const passwordParameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/**
 * Makes the first operator if there is none; a member with that address becomes it.
 * @returns the account's id, and the password when one was made up just now: print it once.
 */
export async function ensureOperator({
  database,
  settings,
  clock,
}: {
  database: Database;
  settings: Pick<Settings, 'operator'>;
  clock: Clock;
}) {
  const { prisma } = database;
  const existing = await prisma.account.findFirst({
    where: { role: 'owner' },
    orderBy: { createdAt: 'asc' },
    select: { id: true, email: true },
  });
  if (existing) return { ...existing, madePassword: null };
  const madePassword = settings.operator.password === null ? randomBytes(12).toString('base64url') : null;
  const passwordHash = await hash(settings.operator.password ?? (madePassword as string), passwordParameters);
  const { email } = settings.operator;
  // Processes that start together both come here; one creates, the others find it.
  const made = await prisma.account.createMany({
    data: [{ id: randomUUID(), email, role: 'owner', passwordHash, planSlug: 'premium', createdAt: clock() }],
    skipDuplicates: true,
  });
  const promoted = made.count
    ? made
    : await prisma.account.updateMany({
        where: { email, role: { not: 'owner' } },
        data: { role: 'owner', passwordHash },
      });
  const owner = await prisma.account.findUniqueOrThrow({ where: { email }, select: { id: true, email: true } });
  return { ...owner, madePassword: promoted.count ? madePassword : null };
}

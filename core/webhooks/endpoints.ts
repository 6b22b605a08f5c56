import { randomUUID } from 'node:crypto';
import type { Prisma, WebhookEndpoint } from '@prisma/client';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../errors.ts';
import { makeSecret, type Seal } from './sealed-secret.ts';

/** An endpoint as its owner sees it, without its secret. */
export type Endpoint = Omit<WebhookEndpoint, 'sealedSecret'>;
export type NewEndpoint = { url: string; description?: string | undefined; events?: readonly string[] | undefined };
export type EndpointChange = Partial<NewEndpoint> & { enabled?: boolean | undefined };

const mostEndpoints = 10;
/** How long the old secret signs too, so that a receiver can change over without losing anything. */
const overlapMs = 24 * 3_600_000;

const shown = {
  id: true,
  accountId: true,
  url: true,
  description: true,
  events: true,
  disabledAt: true,
  createdAt: true,
} as const satisfies Prisma.WebhookEndpointSelect;

export type Endpoints = ReturnType<typeof createEndpoints>;

/** Where developers want to be told. All within one account: another's endpoint is `not_found`. */
export function createEndpoints({
  database: { prisma },
  seal,
  checkAddress,
  clock,
}: {
  database: Database;
  seal: Seal;
  /** Answers the address as it is called; throws AppError `invalid_input` for one that must not be. */
  checkAddress(url: string): Promise<string>;
  clock: Clock;
}) {
  /** The secret is answered here and never again. Throws AppError `invalid_input`, `endpoint_limit`. */
  async function create(accountId: string, asked: NewEndpoint): Promise<{ endpoint: Endpoint; secret: string }> {
    const url = await checkAddress(asked.url);
    const id = randomUUID();
    const secret = makeSecret();
    const data = {
      id,
      accountId,
      url,
      description: asked.description ?? '',
      events: [...(asked.events ?? ['*'])],
      sealedSecret: seal.seal(id, { current: secret, previous: null }),
      createdAt: clock(),
    };
    const endpoint = await prisma.$transaction(async (transaction) => {
      // The account's row is what two requests at once wait for each other on.
      await transaction.$queryRaw`SELECT id FROM accounts WHERE id = ${accountId}::uuid FOR NO KEY UPDATE`;
      if ((await transaction.webhookEndpoint.count({ where: { accountId } })) >= mostEndpoints)
        throw new AppError('endpoint_limit', { max: mostEndpoints });
      return transaction.webhookEndpoint.create({ data, select: shown });
    });
    return { endpoint, secret };
  }

  async function list(accountId: string): Promise<Endpoint[]> {
    return prisma.webhookEndpoint.findMany({ where: { accountId }, orderBy: { createdAt: 'asc' }, select: shown });
  }

  /** Throws AppError `not_found`. */
  async function get(accountId: string, id: string): Promise<Endpoint> {
    const endpoint = await prisma.webhookEndpoint.findFirst({ where: { id, accountId }, select: shown });
    if (!endpoint) throw missing();
    return endpoint;
  }

  /** Throws AppError `not_found`, `invalid_input`. */
  async function update(accountId: string, id: string, change: EndpointChange): Promise<Endpoint> {
    const before = await get(accountId, id);
    const { enabled, description } = change;
    const disabledAt = enabled === undefined ? undefined : enabled ? null : (before.disabledAt ?? clock());
    const data: Prisma.WebhookEndpointUpdateManyMutationInput = {
      ...(change.url === undefined ? {} : { url: await checkAddress(change.url) }),
      ...(description === undefined ? {} : { description }),
      ...(change.events === undefined ? {} : { events: [...change.events] }),
      ...(disabledAt === undefined ? {} : { disabledAt }),
    };
    await prisma.webhookEndpoint.updateMany({ where: { id, accountId }, data });
    return get(accountId, id);
  }

  /** Nothing more is sent, and its history goes too. Throws AppError `not_found`. */
  async function remove(accountId: string, id: string): Promise<void> {
    const { count } = await prisma.webhookEndpoint.deleteMany({ where: { id, accountId } });
    if (!count) throw missing();
  }

  /** A new secret, answered once; the old one signs too for a day. Throws AppError `not_found`. */
  async function rotateSecret(accountId: string, id: string): Promise<{ endpoint: Endpoint; secret: string }> {
    const secret = makeSecret();
    const found = await prisma.webhookEndpoint.findFirst({ where: { id, accountId }, select: { sealedSecret: true } });
    if (!found) throw missing();
    const until = new Date(clock().getTime() + overlapMs).toISOString();
    const old = seal.open(id, found.sealedSecret);
    const rotated = { current: secret, previous: old && { secret: old.current, until } };
    const { count } = await prisma.webhookEndpoint.updateMany({
      // Of two rotations at once only one may answer a secret, since only one is kept.
      where: { id, accountId, sealedSecret: found.sealedSecret },
      data: { sealedSecret: seal.seal(id, rotated) },
    });
    if (!count) return rotateSecret(accountId, id);
    return { endpoint: await get(accountId, id), secret };
  }

  return { create, list, get, update, remove, rotateSecret };
}

function missing(): AppError {
  return new AppError('not_found', { what: '' });
}

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { createAdmin } from '../../admin/index.ts';
import { AppError } from '../../core/index.ts';
import { startTestCore, type TestCore } from './core.ts';

const roles = ['owner', 'operator', 'viewer'] as const;
/** Those who run the service in a test, by their role. */
export type Staff = (typeof roles)[number];
export type Sent = { as?: Staff | null; method?: string; form?: Record<string, string> | FormData };
export type Panel = Awaited<ReturnType<typeof startPanel>>;

/**
 * The panel over HTTP with one account of each role, closed with the service that it is for. Whoever names a role has it:
 * the sign-in has tests of its own.
 */
export async function startPanel(start: () => Promise<TestCore> = startTestCore) {
  const service = await start();
  const ids = { owner: crypto.randomUUID(), operator: crypto.randomUUID(), viewer: crypto.randomUUID() };
  for (const role of roles) {
    await service.core.database.prisma.account.create({
      data: { id: ids[role], role, email: `${role}@example.com`, passwordHash: '$argon2id$secret' },
    });
  }
  const app = express();
  app.use('/admin', createAdmin({ core: service.core, guard: guardByHeader(service, ids) }), answerRefusals);
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/admin`;

  async function ask(path: string, { as = 'owner', method, form }: Sent = {}) {
    const body = form && !(form instanceof FormData) ? toForm(form) : form;
    const headers: Record<string, string> = as ? { 'x-role': as } : {};
    const response = await fetch(base + path, {
      method: method ?? (body ? 'POST' : 'GET'),
      headers,
      body: body ?? null,
    });
    const text = await response.text();
    // What AdminJS answers has no type of its own here; the expectations name what matters.
    return { status: response.status, text, body: text.startsWith('{') ? JSON.parse(text) : null };
  }

  // On a busy machine AdminJS takes long to load, which no single test should be charged with.
  await ask('/api/resources/Plan/actions/list');
  return {
    core: service.core,
    logged: service.logged,
    base,
    ids,
    ask,
    list: (resource: string, query = '') => ask(`/api/resources/${resource}/actions/list?${query}`),
    /** Redis is away from now on. */
    cutRedis: () => service.redis.kill(),
    close: async () => {
      server.close();
      await service.close();
    },
  };
}

/** A form of these fields, as a browser sends it. */
export function toForm(fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

function guardByHeader({ core }: TestCore, ids: Record<Staff, string>): RequestHandler {
  return async (request, response, next) => {
    const id = ids[request.get('x-role') as Staff];
    if (!id) throw new AppError('sign_in_required');
    response.locals.account = await core.accounts.get(id);
    next();
  };
}

const answerRefusals: ErrorRequestHandler = (error, _request, response, _next) => {
  response.status(error.status ?? 500).json({ code: error.code, message: error.message });
};

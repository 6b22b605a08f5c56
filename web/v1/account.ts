import express, { type Router } from 'express';
import { z } from 'zod';
import type { Core } from '../../core/index.ts';
import { type Auth, callerOf } from './auth.ts';
import { describeRoute } from './openapi.ts';

const usageSchema = z.object({
  used: z.int(),
  limit: z.int().nullable().describe('null: no limit'),
  remaining: z.int().nullable(),
  resets_at: z.iso.datetime(),
});

const accountSchema = z
  .object({
    id: z.uuid(),
    email: z.email(),
    plan: z.object({ slug: z.string(), name: z.string() }),
    usage: z.object({
      daily: usageSchema.describe('Images of this UTC day'),
      monthly: usageSchema.describe('Images of this UTC month'),
      top_up: z.object({ remaining: z.int() }).describe('Images bought on top of the plan'),
    }),
    limits: z.object({
      per_minute: z.int().describe('Requests for images a minute'),
      cooldown_seconds: z.int().describe('Pause between two requests for images'),
      concurrent: z.int().describe('Generations at once'),
    }),
  })
  .meta({ id: 'Account' });

export const accountRoutes = [
  describeRoute({
    method: 'get',
    path: '/v1/account',
    summary: 'Show the account, its plan, and what is used and left',
    tag: 'Account',
    scope: 'read',
    responses: { 200: { description: 'The account of the key', schema: accountSchema } },
  }),
];

export function createAccountRoutes({ core, auth }: { core: Pick<Core, 'quotas'>; auth: Auth }): Router {
  const router = express.Router();

  router.get('/v1/account', auth('read'), async (_request, response) => {
    const { account } = callerOf(response);
    const { id, email, plan } = account;
    const { daily, usedThisMonth, monthEndsAt, topUp } = await core.quotas.status(id, plan);
    const answer: z.infer<typeof accountSchema> = {
      id,
      email,
      plan: { slug: plan.slug, name: plan.name },
      usage: {
        daily: presentUsage(daily.used, daily.max, daily.resets_at ?? ''),
        monthly: presentUsage(usedThisMonth, plan.perMonth, monthEndsAt),
        top_up: { remaining: topUp.remaining },
      },
      limits: { per_minute: plan.perMinute, cooldown_seconds: plan.cooldownSeconds, concurrent: plan.concurrent },
    };
    response.set('cache-control', 'no-store').json(answer);
  });

  return router;
}

function presentUsage(used: number, limit: number | null, resetsAt: string) {
  const remaining = limit === null ? null : Math.max(0, limit - used);
  return { used, limit, remaining, resets_at: resetsAt };
}

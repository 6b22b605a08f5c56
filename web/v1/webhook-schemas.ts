import { z } from 'zod';
import {
  type DeliveryWithAttempts,
  type Endpoint,
  pingEvent,
  subscribableEvents,
  tryErrors,
} from '../../core/index.ts';

const time = z.iso.datetime();
const urlSchema = z.string().min(1).max(2000).describe('A public https address on port 443');
const descriptionSchema = z.string().max(200).describe('For you to recognise it');
const eventsSchema = z
  .array(z.enum(subscribableEvents))
  .min(1)
  .max(subscribableEvents.length)
  .describe('What it is told of; `*` is everything, also what is added later');

export const newEndpointSchema = z
  .strictObject({ url: urlSchema, description: descriptionSchema.default(''), events: eventsSchema.default(['*']) })
  .meta({ id: 'NewWebhookEndpoint' });

export const endpointChangeSchema = z
  .strictObject({
    url: urlSchema.optional(),
    description: descriptionSchema.optional(),
    events: eventsSchema.optional(),
    enabled: z.boolean().optional().describe('false: nothing is sent to it'),
  })
  .meta({ id: 'WebhookEndpointChange' });

export const endpointSchema = z
  .object({
    id: z.uuid(),
    url: z.url(),
    description: z.string(),
    events: z.array(z.string()),
    enabled: z.boolean(),
    disabled_at: time
      .nullable()
      .describe('Since when; it is disabled by you, by answering 410, or by failing for days'),
    created_at: time,
  })
  .meta({ id: 'WebhookEndpoint' });

export const endpointWithSecretSchema = endpointSchema
  .extend({ secret: z.string().describe('`whsec_…`: what to verify signatures with; shown this once') })
  .meta({ id: 'WebhookEndpointWithSecret' });

export const deliverySchema = z
  .object({
    id: z.uuid(),
    event_id: z.string().describe('The `webhook-id` it is sent under, at every try'),
    type: z.string(),
    generation_id: z.uuid().nullable().describe('null for a ping'),
    status: z.enum(['pending', 'delivered', 'abandoned']),
    next_attempt_at: time.nullable().describe('null when none will follow'),
    attempts: z.array(
      z.object({
        status: z.int().nullable().describe('HTTP status answered; null when there was no answer'),
        error: z.enum(tryErrors).nullable(),
        duration_ms: z.int(),
        created_at: time,
      }),
    ),
    created_at: time,
    finished_at: time.nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

export function presentEndpoint(endpoint: Endpoint): z.output<typeof endpointSchema> {
  return {
    id: endpoint.id,
    url: endpoint.url,
    description: endpoint.description,
    events: endpoint.events,
    enabled: endpoint.disabledAt === null,
    disabled_at: endpoint.disabledAt?.toISOString() ?? null,
    created_at: endpoint.createdAt.toISOString(),
  };
}

export function presentDelivery(delivery: DeliveryWithAttempts): z.output<typeof deliverySchema> {
  return {
    id: delivery.id,
    event_id: delivery.eventId,
    type: delivery.type,
    generation_id: delivery.type === pingEvent ? null : delivery.generationId,
    status: delivery.state,
    next_attempt_at: delivery.state === 'pending' ? delivery.nextAttemptAt.toISOString() : null,
    attempts: delivery.log.map(({ status, error, durationMs, createdAt }) => ({
      status,
      error: tryErrors.find((known) => known === error) ?? null,
      duration_ms: durationMs,
      created_at: createdAt.toISOString(),
    })),
    created_at: delivery.createdAt.toISOString(),
    finished_at: delivery.finishedAt?.toISOString() ?? null,
  };
}

import { newestFirst, type PanelResource, readOnly } from './definition.ts';

/** One row for each event and endpoint. */
export function describeWebhookDeliveries(): PanelResource {
  return {
    model: 'WebhookDelivery',
    withheld: [],
    options: {
      navigation: { name: 'webhooks', icon: 'Send' },
      listProperties: ['type', 'endpoint', 'state', 'attempts', 'nextAttemptAt', 'createdAt'],
      properties: { type: { isTitle: true }, generationId: { reference: 'Generation' } },
      sort: newestFirst,
      actions: readOnly,
    },
  };
}

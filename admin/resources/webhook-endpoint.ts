import { newestFirst, type PanelResource, readOnly } from './definition.ts';

export function describeWebhookEndpoints(): PanelResource {
  return {
    model: 'WebhookEndpoint',
    withheld: ['sealedSecret'],
    options: {
      navigation: { name: 'webhooks', icon: 'Send' },
      listProperties: ['url', 'account', 'description', 'disabledAt', 'createdAt'],
      properties: { url: { isTitle: true } },
      sort: newestFirst,
      actions: readOnly,
    },
  };
}

import { type PanelResource, readOnly } from './definition.ts';

/** What came of each try: the first place to look when a developer misses an event. */
export function describeWebhookAttempts(): PanelResource {
  return {
    model: 'WebhookAttempt',
    withheld: [],
    options: {
      navigation: { name: 'webhooks', icon: 'Send' },
      listProperties: ['delivery', 'status', 'error', 'durationMs', 'createdAt'],
      sort: { sortBy: 'id', direction: 'desc' },
      actions: readOnly,
    },
  };
}

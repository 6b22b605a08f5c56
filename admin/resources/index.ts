import { getModelByName } from '@adminjs/prisma';
import type { ResourceOptions } from 'adminjs';
import type { AdminCore } from '../index.ts';
import { readClientModule } from '../prisma-adapter/data-model.ts';
import type { Source } from '../prisma-adapter/resource.ts';
import { describeAccounts } from './account.ts';
import { describeApiKeys } from './api-key.ts';
import { describeAuditEntries } from './audit-entry.ts';
import { describeBroadcasts } from './broadcast.ts';
import { describeChatServers } from './chat-server.ts';
import { describeCheckouts } from './checkout.ts';
import type { PanelResource } from './definition.ts';
import { describeDeliveries } from './delivery.ts';
import { describeGenerations } from './generation.ts';
import { describeIdentities } from './identity.ts';
import { describeImages } from './image.ts';
import { describeInboxEvents } from './inbox-event.ts';
import { describeInputImages } from './input-image.ts';
import { describeNotices } from './notice.ts';
import { describeOutbox } from './outbox.ts';
import { describePacks } from './pack.ts';
import { describePauses } from './pause.ts';
import { describePlans } from './plan.ts';
import { describePlanGrants } from './plan-grant.ts';
import { describePromptRules } from './prompt-rule.ts';
import { describePurchases } from './purchase.ts';
import { describeQuotaEntries } from './quota-entry.ts';
import { describeReconciliations } from './reconciliation.ts';
import { describeReports } from './report.ts';
import { describeSubscriptions } from './subscription.ts';
import { describeWebhookAttempts } from './webhook-attempt.ts';
import { describeWebhookDeliveries } from './webhook-delivery.ts';
import { describeWebhookEndpoints } from './webhook-endpoint.ts';

/** What the panel shows, in this order. */
const describe: readonly ((dependencies: { core: AdminCore }) => PanelResource)[] = [
  describeAccounts,
  describeIdentities,
  describePlans,
  describeApiKeys,
  describeGenerations,
  describeImages,
  describeReports,
  describePromptRules,
  describeInputImages,
  describeDeliveries,
  describeQuotaEntries,
  describeWebhookEndpoints,
  describeWebhookDeliveries,
  describeWebhookAttempts,
  describeSubscriptions,
  describePlanGrants,
  describePacks,
  describePurchases,
  describeCheckouts,
  describeInboxEvents,
  describeReconciliations,
  describeChatServers,
  describeNotices,
  describeBroadcasts,
  describePauses,
  describeAuditEntries,
  describeOutbox,
];

/** A resource as AdminJS takes it; its id is the name of the model. */
export type OpenedResource = { resource: Source; options: ResourceOptions };

export function openResources({ core }: { core: AdminCore }): OpenedResource[] {
  const clientModule = readClientModule();
  return describe.map((each) => {
    const { model: name, withheld, options, ...more } = each({ core });
    const { fields, dbName }: Source['model'] = getModelByName(name, clientModule);
    const model = { name, dbName, fields: fields.filter((field) => !withheld.includes(field.name)) };
    return { resource: { model, client: core.database.prisma, clientModule, ...more }, options };
  });
}

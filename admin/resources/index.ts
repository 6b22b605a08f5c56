import type { ResourceWithOptions } from 'adminjs';
import type { AdminCore } from '../index.ts';
import { readDataModel } from '../prisma-adapter/data-model.ts';
import { Resource, type Table } from '../prisma-adapter/resource.ts';
import { describeAccounts } from './account.ts';
import { describeApiKeys } from './api-key.ts';
import type { PanelResource } from './definition.ts';
import { describeDeliveries } from './delivery.ts';
import { describeGenerations } from './generation.ts';
import { describeIdentities } from './identity.ts';
import { describeImages } from './image.ts';
import { describeOutbox } from './outbox.ts';
import { describePlans } from './plan.ts';
import { describeQuotaEntries } from './quota-entry.ts';

/** What the panel shows, in this order. */
const describe: readonly ((dependencies: { core: AdminCore }) => PanelResource)[] = [
  describeAccounts,
  describeIdentities,
  describePlans,
  describeApiKeys,
  describeGenerations,
  describeImages,
  describeDeliveries,
  describeQuotaEntries,
  describeOutbox,
];

/** The resources with their options; ids are the names of the models. */
export function openResources({ core }: { core: AdminCore }): ResourceWithOptions[] {
  const models = readDataModel();
  return describe.map((each) => {
    const { model, withheld, options } = each({ core });
    const columns = (models.get(model) ?? []).filter(({ name }) => !withheld.includes(name));
    // Prisma types each model's calls to its own columns; the panel treats all models alike.
    const table = core.database.prisma[toDelegate(model)] as unknown as Table;
    return { resource: new Resource({ name: model, columns, table }), options };
  });
}

function toDelegate(model: PanelResource['model']) {
  return (model.charAt(0).toLowerCase() + model.slice(1)) as Uncapitalize<typeof model>;
}

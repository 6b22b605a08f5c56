import type { Logger } from 'pino';
import type { ImageModel, ImageProvider } from './port.ts';
import { createReplicateProvider, type ReplicateSettings } from './replicate/provider.ts';
import { createSandboxProvider } from './sandbox/provider.ts';

export type Providers = {
  /** The provider of that name, also while its models are not on offer, or null when it is not configured. */
  find(name: string): ImageProvider | null;
  /** What people can choose now; the first is the default. */
  models: readonly ImageModel[];
  findModel(id: string): ImageModel | null;
};

/** All image providers that are configured. A new one is its folder and a line in `all`. */
export function createProviders(options: {
  replicate: ReplicateSettings | null;
  /** `delayMs`: how long a drawing pretends to take. */
  sandbox: { delayMs: number };
  log: Pick<Logger, 'debug'>;
}): Providers {
  const { replicate, sandbox, log } = options;
  const all = [
    ...(replicate
      ? [
          {
            provider: createReplicateProvider({ ...replicate, log }),
            offered: true,
          },
        ]
      : []),
    { provider: createSandboxProvider(sandbox), offered: replicate === null },
  ];
  const models = all.filter(({ offered }) => offered).flatMap(({ provider }) => provider.models);
  return {
    models,
    findModel: (id) => models.find((model) => model.id === id) ?? null,
    find: (name) => all.find(({ provider }) => provider.name === name)?.provider ?? null,
  };
}

import type { BaseRecord } from 'adminjs';
import { z } from 'zod';
import type { PauseTarget } from '../../core/index.ts';
import { defineDeed, defineWideDeed, type Field } from '../deeds/deed.ts';
import type { AdminCore } from '../index.ts';
import { newestFirst, type PanelResource, readOnly } from './definition.ts';

/** What is stopped now, and what people read meanwhile. */
export function describePauses({ core }: { core: AdminCore }): PanelResource {
  return {
    model: 'Pause',
    withheld: [],
    options: {
      navigation: { name: 'service', icon: 'Tool' },
      listProperties: ['target', 'message', 'createdAt'],
      properties: { target: { isTitle: true } },
      sort: newestFirst,
      actions: { ...readOnly, pause: pauseDeed(core), resume: resumeDeed(core) },
    },
  };
}

function pauseDeed(core: AdminCore) {
  const targets = listTargets(core);
  const fields: readonly Field[] = [
    { name: 'target', type: 'choice', choices: targets, required: true },
    { name: 'message', type: 'long', max: 300, required: true },
  ];
  return defineWideDeed({
    core,
    name: 'pause',
    icon: 'PauseCircle',
    danger: true,
    subject: 'pauses',
    fields,
    input: z.object({ target: z.enum(targets), message: z.string().max(300) }),
    look: ({ target }) => describePause(core, target),
    work: ({ target, message }) => core.pauses.pause(target, message),
  });
}

function resumeDeed(core: AdminCore) {
  const targetOf = (record: BaseRecord) => String(record.id());
  return defineDeed({
    core,
    name: 'resume',
    icon: 'PlayCircle',
    accountOf: () => null,
    look: (record) => describePause(core, targetOf(record)),
    work: (record) => core.pauses.resume(targetOf(record)),
  });
}

async function describePause(core: AdminCore, target: string) {
  const found = (await core.pauses.list()).find((each) => each.target === target);
  return { target, paused: found !== undefined, message: found?.message ?? null };
}

function listTargets({ models }: Pick<AdminCore, 'models'>): PauseTarget[] {
  const providers = [...new Set(models.map(({ provider }) => provider))];
  return [
    'sales',
    ...providers.map((provider) => `provider:${provider}` as const),
    ...models.map(({ id }) => `model:${id}` as const),
    ...(['discord', 'telegram', 'web', 'rest'] as const).map((surface) => `surface:${surface}` as const),
  ];
}

import { createCommandMethods } from './commands.ts';
import { createDescribeMethods } from './describe.ts';
import { createEditMethods } from './edit.ts';
import { createReceiveMethods } from './receive.ts';
import { createSendMethods } from './send.ts';
import type { Method, Service } from './service.ts';

/** Every method the emulator knows, by lower-cased name: the service does not mind the case. */
export function createMethods(service: Service): Map<string, Method> {
  const methods = {
    ...createDescribeMethods(service),
    ...createReceiveMethods(service),
    ...createSendMethods(service),
    ...createEditMethods(service),
    ...createCommandMethods(service.menus, service.world),
  };
  return new Map(Object.entries(methods).map(([name, method]) => [name.toLowerCase(), method]));
}

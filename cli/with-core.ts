import { type OpenCore, openCore } from '../start/service.ts';
import type { Given } from './command.ts';

/** Does something with the core: on the servers of the running service, else on its own. */
export async function withCore<T>(given: Given, use: (core: OpenCore['core']) => Promise<T>): Promise<T> {
  const settings = given.readSettings();
  const opened = await openCore(settings, await given.openLog(settings));
  try {
    return await use(opened.core);
  } finally {
    await opened.close();
  }
}

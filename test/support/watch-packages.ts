/**
 * For `node --import`: notes every package of node_modules that the process loads, by import or
 * require, and tells its parent when asked.
 */
import { registerHooks } from 'node:module';

const loaded = new Set<string>();
registerHooks({
  load(url, context, nextLoad) {
    const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
    if (name) loaded.add(name);
    return nextLoad(url, context);
  },
});
process.on('message', () => process.send?.([...loaded].sort()));

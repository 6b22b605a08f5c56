import { runAccept } from './accept.ts';
import { runHttp } from './http.ts';
import { runLists } from './lists.ts';
import { runMemory } from './memory.ts';
import { runPanel } from './panel.ts';
import { runQuota } from './quota.ts';
import { runStripe } from './stripe.ts';
import { printMachine } from './support/report.ts';

// `npm run bench`: all of them in turn; `npm run bench -- accept quota`: those named; `--layers`: also each step of accept.
const benches: Record<string, () => Promise<boolean>> = {
  accept: () => runAccept({ layers: process.argv.includes('--layers') }),
  http: runHttp,
  lists: runLists,
  quota: runQuota,
  memory: runMemory,
  panel: runPanel,
  stripe: runStripe,
};

const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = named.filter((name) => !(name in benches));
if (unknown.length) {
  console.error(`There is no ${unknown.join(', ')} among ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}
printMachine();
let passed = true;
for (const name of named.length ? named : Object.keys(benches)) {
  passed = ((await benches[name]?.()) ?? false) && passed;
  console.log();
}
process.exit(passed ? 0 : 1);

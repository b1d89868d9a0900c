// The same map, shown on real input: every package.json under node_modules.
//
//   npm start
//   node dist/examples/main-job.js [url of the store] [url of a second store, for the snapshot]
import { fileURLToPath } from 'node:url';
import { open } from 'samemap';
import { copying } from './main-job/copying.ts';
import { locking } from './main-job/locking.ts';
import { ordering } from './main-job/ordering.ts';
import { readPackages, type Package } from './main-job/packages.ts';
import { killing } from './main-job/killing.ts';
import { count, reportTo } from './main-job/report.ts';
import type { Stage } from './main-job/stage.ts';
import { expiring, watching } from './main-job/watching.ts';
import { atomic, conflict, counters, load } from './main-job/writing.ts';

const [url = './data', secondUrl = 'memory:'] = process.argv.slice(2);
const folder = fileURLToPath(new URL('../../node_modules', import.meta.url));

const files = await readPackages(folder);
const report = reportTo(process.stdout, !process.env['NO_COLOR']);
report.title(`samemap on ${url} with ${count(files.length)} package.json files`);

const store = await open(url);
const second = await open(secondUrl);
try {
  // Whatever an earlier run left behind.
  for (const { name } of await store.maps()) await store.map(name).drop();
  const stage: Stage = { store, report, files, packages: store.map<Package>('packages') };
  for (const section of [load, conflict, counters, watching, locking, expiring, ordering, atomic]) {
    await section(stage);
  }
  await copying(stage, second);
  await killing(stage);
} finally {
  await store.close();
  await second.close();
}
process.exitCode = report.end() ? 0 : 1;

// A process that does one operation over and over with one build of the library, and prints what it costs.
//
//   node tracing-child.mjs <folder of the build> <operation>
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { now } from '../../harness/clock.mjs';
import { ascendingKeys, passesOver } from '../../harness/keys.mjs';
import { records, smallValues } from '../memory/values.mjs';

/** Few enough to lie in the caches of the processor: what is measured is code. */
const KEYS = 1_000;
const PASS = 20_000;
const WARM_UPS = 60;
const PASSES = 240;

const [build = '', operation = ''] = process.argv.slice(2);
/** @type {typeof import('../../../dist/src/index.js')} */
const { memoryMap, open } = await import(pathToFileURL(path.join(build, 'index.js')).href);
const keys = ascendingKeys(KEYS);
const nextPass = passesOver(keys, PASS);
const alone = memoryMap();
const store = await open('memory:');
const references = store.map('references', { values: 'references' });
const structured = store.map('structured');
const values = smallValues(KEYS);
const rows = records(KEYS);
for (const [i, key] of keys.entries()) {
  alone.set(key, values[i]);
  references.sync.set(key, values[i]);
  structured.sync.set(key, rows[i]);
}
let found = 0;

/** @type {Record<string, () => unknown>} */
const passes = {
  'sync get'() {
    const pass = nextPass();
    for (let i = 0; i < PASS; i++) if (alone.get(pass[i]) !== undefined) found++;
  },
  'sync set'() {
    const pass = nextPass();
    for (let i = 0; i < PASS; i++) alone.set(pass[i], values[i % KEYS]);
  },
  async 'async get'() {
    const pass = nextPass();
    for (let i = 0; i < PASS; i++) if ((await references.get(pass[i])) !== undefined) found++;
  },
  async 'async set'() {
    const pass = nextPass();
    for (let i = 0; i < PASS; i++) await structured.set(pass[i], rows[i % KEYS]);
  },
};

const pass = passes[operation];
if (pass === undefined) throw new Error(`no operation ${operation}`);
const times = /** @type {number[]} */ ([]);
for (let i = -WARM_UPS; i < PASSES; i++) {
  const from = now();
  await pass();
  if (i >= 0) times.push(now() - from);
}
times.sort((a, b) => a - b);
// The lower quartile: what disturbs a pass only makes it longer.
console.log(times[PASSES / 4] / PASS);

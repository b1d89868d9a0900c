// A process of one group on one set: prepares, measures, and sends the costs to its parent.
import { pathToFileURL } from 'node:url';
import { SETS, ascendingKeys, passesOver } from './keys.mjs';
import { measureCases } from './measure.mjs';

/** @import { Assignment, Workload } from './types.mjs' */

const assignment = /** @type {Assignment} */ (JSON.parse(process.argv[2]));
const { groups } = /** @type {Workload} */ (await import(pathToFileURL(assignment.workload).href));
const group = groups.find(({ name }) => name === assignment.group);
if (group === undefined) throw new Error(`no group ${assignment.group} in ${assignment.workload}`);

const { size, length } = SETS[assignment.set];
const samemap = await import(pathToFileURL(assignment.library).href);
const keys = ascendingKeys(size);
const { cases, close } = await group.prepare({ keys, length, nextPass: passesOver(keys, length), samemap });
const chosen = cases.filter(({ name }) => name.includes(assignment.caseFilter));
// Several full collections, until what was prepared has come to rest: otherwise what was filled first lies better
// in memory than what was filled last.
for (let i = 0; i < 4; i++) globalThis.gc?.();
const costs = await measureCases(chosen, assignment);
await close?.();
process.send?.(
  chosen.map(({ name, bytes, unit = 'bytes' }, i) => ({
    name,
    unit: bytes === undefined ? 'ns' : unit,
    rounds: costs[i],
  })),
);
process.disconnect?.();

// Measures the workloads in `workloads/`, each group of cases in processes of its own:
//
//   node bench/main.mjs [workload ...] [options]
//
//   --group text    groups with this in their name, or the one called so
//   --case text     cases with this in their name
//   --set name      one set of keys
//   --processes n   processes for each group and set; 3 unless said
//   --rounds n      rounds that count, in each process; what the group says unless said, which is 5 unless it does
//   --json          JSON instead of tables
//   --profile       write CPU profiles
//   --cpu           processor time instead of time, with all collection of garbage on the thread that is measured,
//                   for a machine that is busy with other things
//
// SAMEMAP_DIST names another folder with a built `index.js` than `dist/src`.
// A goal that is missed is reported and nothing else; the exit code is 1 when a case could not be measured.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { SETS } from './harness/keys.mjs';
import { runGroup } from './harness/processes.mjs';
import { renderGroup, renderSummary } from './harness/report.mjs';

/** @import { Group, Set, Workload } from './harness/types.mjs' */

const here = import.meta.dirname;
const resultsFolder = path.join(here, 'results');
const workloadsFolder = path.join(here, 'workloads');
const library = path.resolve(process.env['SAMEMAP_DIST'] ?? path.join(here, '../dist/src'), 'index.js');

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    group: { type: 'string', default: '' },
    case: { type: 'string', default: '' },
    set: { type: 'string', default: '' },
    processes: { type: 'string', default: '3' },
    rounds: { type: 'string' },
    json: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    cpu: { type: 'boolean', default: false },
  },
});

/** Ends with a message about how the command was used. */
function refuse(/** @type {string} */ message) {
  console.error(message);
  process.exit(2);
}

/** A count on the command line. */
function count(/** @type {string} */ name, /** @type {string} */ text) {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    refuse(`--${name} must be a whole number from 1, got ${text}`);
  return number;
}

/** The groups of a workload that were asked for. */
function chosen(/** @type {Group[]} */ groups) {
  const exact = groups.filter(({ name }) => name === options.group);
  return exact.length > 0 ? exact : groups.filter(({ name }) => name.includes(options.group));
}

const known = readdirSync(workloadsFolder).flatMap((file) =>
  file.endsWith('.mjs') ? [file.slice(0, -4)] : [],
);
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) refuse(`no workload ${unknown.join(', ')}; there is ${known.join(', ')}`);
if (options.set !== '' && !(options.set in SETS)) refuse(`no set ${options.set}`);
if (!existsSync(library)) refuse(`not built: ${library} does not exist`);

const nodeOptions = options.cpu ? ['--single-threaded-gc'] : [];
if (options.profile) nodeOptions.push('--cpu-prof', `--cpu-prof-dir=${path.join(resultsFolder, 'profiles')}`);
const run = {
  processes: count('processes', options.processes),
  nodeOptions,
  env: { ...process.env, BENCH_CLOCK: options.cpu ? 'cpu' : 'wall' },
};
const rounds = options.rounds === undefined ? undefined : count('rounds', options.rounds);

const machine = {
  node: process.version,
  v8: process.versions.v8,
  cpu: os.cpus()[0]?.model,
  cpus: os.cpus().length,
  memoryBytes: os.totalmem(),
  platform: `${os.platform()} ${os.release()} ${os.arch()}`,
  clock: options.cpu ? 'processor time' : 'wall',
};
const say = options.json ? () => undefined : console.log;
say(`Node ${machine.node}, ${machine.cpus} × ${machine.cpu}, ${machine.platform}, ${machine.clock} clock\n`);

let failed = false;
const workloads = [];
for (const name of positionals.length > 0 ? positionals : known) {
  const workload = path.join(workloadsFolder, `${name}.mjs`);
  const { groups } = /** @type {Workload} */ (await import(pathToFileURL(workload).href));
  say(`## ${name}\n`);
  const results = [];
  for (const group of chosen(groups)) {
    for (const set of group.sets ?? /** @type {Set[]} */ (['hot', 'random'])) {
      if (options.set !== '' && set !== options.set) continue;
      const assignment = {
        workload,
        library,
        set,
        caseFilter: options.case,
        rounds: rounds ?? group.rounds ?? 5,
        warmups: group.warmups ?? 3,
      };
      const result = await runGroup(group, assignment, run);
      failed ||= result.error !== undefined;
      results.push(result);
      say(renderGroup(result));
    }
  }
  say(renderSummary(results));
  workloads.push({ name, results });
}

const report = { at: new Date().toISOString(), machine, workloads };
mkdirSync(resultsFolder, { recursive: true });
const names = workloads.map(({ name }) => name).join('+');
const file = path.join(resultsFolder, `${names}-${report.at.replaceAll(':', '')}.json`);
writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
if (options.json) console.log(JSON.stringify(report, undefined, 2));
else console.log(`results: ${path.relative(process.cwd(), file)}`);
process.exitCode = failed ? 1 : 0;

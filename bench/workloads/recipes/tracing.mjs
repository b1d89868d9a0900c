// What it costs that operations could be told, while nobody listens: the library against a build of it without. Each
// measurement is a process of its own: of two builds in one process, the one that is loaded first is the faster one.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { untraced } from './untraced.mjs';

/** @import { Goal, Group } from '../../harness/types.mjs' */

const CHILD = path.join(import.meta.dirname, 'tracing-child.mjs');
const BUILT = path.resolve(
  process.env['SAMEMAP_DIST'] ?? path.join(import.meta.dirname, '../../../dist/src'),
);

/** @type {Goal[]} */
const GOALS = [
  { name: 'traced / untraced', ours: 'traced', peer: 'untraced', atMost: 1.03 },
  { name: 'untraced / untraced (noise)', ours: 'untraced again', peer: 'untraced' },
];

/**
 * @param {string} operation
 * @param {string} about
 * @returns {Group}
 */
function group(operation, about) {
  return {
    name: `tracing with no listener, ${operation}`,
    about,
    sets: ['small'],
    warmups: 0,
    prepare() {
      const { folder, remove } = untraced();
      const builds = { traced: BUILT, untraced: folder, 'untraced again': folder };
      const args = process.execArgv.filter((arg) => !arg.startsWith('--cpu-prof'));
      const cases = Object.entries(builds).map(([name, build]) => ({
        name,
        operations: 1,
        manual: () =>
          Number(execFileSync(process.execPath, [...args, CHILD, build, operation], { encoding: 'utf8' })),
      }));
      return { cases, close: remove };
    },
    goals: GOALS,
  };
}

export const tracedGet = group('sync get', 'Sync reads that hit a `memoryMap`.');
export const tracedSet = group('sync set', 'Sync writes over entries of a `memoryMap`.');
export const tracedAsyncGet = group('async get', 'Awaited reads, values by reference.');
export const tracedCodecSet = group(
  'async set',
  'Awaited writes of small records through the default codec.',
);

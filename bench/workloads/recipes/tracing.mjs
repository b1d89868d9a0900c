// What it costs that operations could be told, while nobody listens: the library against a build of it without.
import { do_not_optimize } from 'mitata';
import { records, smallValues } from '../memory/values.mjs';
import { untraced } from './untraced.mjs';

/** @import { Case, Goal, Group, Input } from '../../harness/types.mjs' */

/** @type {Goal[]} */
const GOALS = [
  { name: 'traced / untraced', ours: 'traced', peer: 'untraced', atMost: 1.03 },
  { name: 'untraced / untraced (noise)', ours: 'untraced again', peer: 'untraced', atMost: 1.03 },
];

/**
 * A loop that is compiled for itself alone: one text, but each case has what the compiler learns to itself.
 *
 * @param {string} body one operation on `map` with `key` and `i`
 * @param {string} kind `async` where the body awaits
 * @returns {(map: object, values: unknown[], nextPass: () => string[]) => () => unknown}
 */
function loop(body, kind) {
  const text = `return ${kind} function pass() {
    let seen = 0;
    const keys = nextPass();
    for (let i = 0; i < keys.length; i++) { const key = keys[i]; if ((${body}) !== undefined) seen++; }
    keep(seen);
  }`;
  return (map, values, nextPass) =>
    new Function('map', 'values', 'nextPass', 'keep', text)(map, values, nextPass, do_not_optimize);
}

/**
 * @param {string} name
 * @param {string} about
 * @param {string} body
 * @param {(samemap: Input['samemap']) => Promise<{ map: object, close: () => unknown }>} make
 * @param {{ kind?: string, values?: (count: number) => unknown[] }} [how]
 * @returns {Group}
 */
function group(name, about, body, make, { kind = '', values: valuesOf = smallValues } = {}) {
  return {
    name: `tracing with no listener, ${name}`,
    about,
    sets: ['small'],
    async prepare({ keys, length, nextPass, samemap }) {
      const { plain, remove } = await untraced();
      const again = await untraced();
      const values = valuesOf(length);
      const compile = loop(body, kind);
      const cases = /** @type {Case[]} */ ([]);
      const closes = /** @type {(() => unknown)[]} */ ([remove, again.remove]);
      // Not in the order of the table: what is filled first lies better in memory.
      const builds = { untraced: plain, traced: samemap, 'untraced again': again.plain };
      for (const [build, library] of Object.entries(builds)) {
        const { map, close } = await make(library);
        closes.push(close);
        for (const [i, key] of keys.entries()) await map.set(key, values[i % values.length]);
        cases.push({ name: build, operations: length, pass: compile(map, values, nextPass) });
      }
      return { cases, close: async () => void (await Promise.all(closes.map((close) => close()))) };
    },
    goals: GOALS,
  };
}

const alone = async (/** @type {Input['samemap']} */ { memoryMap }) => ({
  map: memoryMap(),
  close: () => undefined,
});

const named =
  (/** @type {object} */ options) =>
  async (/** @type {Input['samemap']} */ { open }) => {
    const store = await open('memory:');
    return { map: store.map('bench', options), close: () => store.close() };
  };

export const tracedGet = group('sync get', 'Sync reads that hit a `memoryMap`.', 'map.get(key)', alone);

export const tracedSet = group(
  'sync set',
  'Sync writes over entries of a `memoryMap`.',
  'map.set(key, values[i])',
  alone,
);

export const tracedAsyncGet = group(
  'async get',
  'Awaited reads, values by reference.',
  'await map.get(key)',
  named({ values: 'references' }),
  { kind: 'async' },
);

export const tracedCodecSet = group(
  'async set',
  'Awaited writes of small records through the default codec.',
  'await map.set(key, values[i % values.length])',
  named({}),
  { kind: 'async', values: () => records(1_000) },
);

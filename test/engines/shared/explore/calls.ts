// The calls that are tried with each other, and the world in which they are.
import assert from 'node:assert/strict';
import { ANY, NEWER, VERSION } from '../../../../src/contract/condition.ts';
import type { Loaded } from '../../../../src/contract/services.ts';
import type { Local, Table } from '../../../../src/engines/shared/local.ts';
import { BigMap } from '../../../../src/parts/big-map.ts';
import { makeWorld, type Steps, type Words, type World } from './world.ts';

/** A call of a word by one thread; what it answers, as text. */
export type Call = (words: Words, local: Local, table: Table) => Steps<string>;

interface Reply {
  readonly ok?: boolean;
  readonly entry?: { readonly value: unknown } | undefined;
  readonly entries?: readonly ({ readonly value: unknown } | undefined)[];
  readonly count?: number;
  readonly fence?: number;
}

/** Calls a word with what it takes behind the thread. */
function* ask(words: Words, name: string, ...given: readonly unknown[]): Steps {
  const word = words[name];
  assert.ok(word !== undefined, name);
  return yield* word(...given);
}

/** A word by its name, its answer without versions. */
function call(name: string, ...given: readonly unknown[]): Call {
  return function* (words, local, table) {
    const reply = yield* ask(words, name, local, table, ...given);
    if (typeof reply !== 'object' || reply === null) return String(Boolean(reply));
    const { ok, entry, entries, count } = reply as Reply;
    return [ok, entry?.value, entries?.map((found) => found?.value ?? '-'), count].map(String).join(' ');
  };
}

export const write = (key: string, cell: unknown, expiresAt = 0): Call =>
  call('write', key, cell, ANY, 0, expiresAt, undefined, 0);
const operation = (key: string, cell: unknown): object => ({
  map: 1,
  key,
  cell,
  condition: ANY,
  ifVersion: 0,
  expiresAt: 0,
  stamp: undefined,
  shape: 0,
});
const commit =
  (...operations: readonly object[]): Call =>
  (words, local, table) =>
    call('commit', [], operations)(words, local, operations.map(() => table) as unknown as Table);
export const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(length);

/** Takes the lock of a key or goes into its line. */
const enter = (key: string, wait: boolean): Call =>
  function* (words, local) {
    const party = { owner: local.m.me, id: 100 + local.m.me, label: undefined };
    const taken = (yield* ask(words, 'enter', local, 1, key, party, wait)) as Reply;
    return taken.fence === 0 ? 'not held' : 'held';
  };

/** Of the locks that are held in the world: by the first thread, and of one the second waits for it. */
const HOLDER = 7;
const WAITER = 8;
let fence = 0;

const loaded = (key: string, value: unknown): Loaded =>
  ({ key, value, version: 1, expiresAt: 0, shape: 0, stamp: undefined }) as Loaded;

/** Calls that are tried with each other. Keys `a`, `b` and `d` stand, `c` does not, `x` has expired. */
export const CALLS: Readonly<Record<string, Call>> = {
  update: write('a', bytes(40)),
  over: write('b', bytes(29)),
  insert: write('c', bytes(9)),
  insertOnce: call('write', 'c', 7, VERSION, 0, 0, undefined, 0),
  expiring: write('a', 3, 2_000_000),
  delete: write('a', undefined),
  deleteNewer: call('write', 'a', undefined, NEWER, 0, 0, 5, 0),
  newerOverStone: call('write', 's', 9, NEWER, 0, 0, 8, 0),
  newerOver: call('write', 't', 9, NEWER, 0, 0, 8, 0),
  deleteStone: call('write', 's', undefined, NEWER, 0, 0, 9, 0),
  commitNewer: commit(
    { ...operation('s', 6), condition: NEWER, stamp: 7 },
    { ...operation('a', undefined), condition: NEWER, stamp: 7 },
  ),
  add: call('add', 'a', 1, 0, 0),
  get: call('get', 'a'),
  getMany: call('getMany', ['a', 'b', 'c']),
  versionOf: call('versionOf', 'a'),
  commit: commit(operation('a', 10), operation('b', undefined), operation('c', 12)),
  commitOther: commit(operation('b', 20), operation('a', undefined)),
  clear: call('clear', '', undefined, false),
  clearPart: call('clear', 'b', undefined, true),
  writeExpired: write('x', 5),
  *sweep(words, local) {
    yield* ask(words, 'sweep', local, 100);
    // Who finds a stripe busy leaves it for later.
    return 'swept';
  },
  lockFree: enter('f', true),
  lockHeld: enter('h', true),
  tryHeld: enter('w', false),
  *pass(words, local) {
    return String(yield* ask(words, 'release', local, 1, 'w', fence));
  },
  *leave(words, local) {
    return String(yield* ask(words, 'leaveLine', local, 1, 'w', WAITER));
  },
};

/** As {@link CALLS}; of many steps, so that not each of them is tried. */
export const LARGE: Readonly<Record<string, Call>> = {
  *load(words, local, table) {
    const wanted = { id: 1, name: table.name, codec: 'bytes', shape: 0, references: false };
    const entries = new BigMap<Loaded>();
    for (const entry of [loaded('a', 50), loaded('c', bytes(51))]) entries.set(entry.key, entry);
    return String(yield* ask(words, 'place', local, [{ wanted, entries }], true));
  },
};

/** A call by its name. */
export function callOf(name: string): Call {
  const found = CALLS[name] ?? LARGE[name];
  assert.ok(found !== undefined, name);
  return found;
}

/** Runs a call alone. */
export function drain<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** A world in which some keys stand, and some locks are held. */
export function preparedWorld(words: readonly Words[], recording: boolean): World {
  const world = makeWorld(words, recording, false);
  const [own, local] = [words[0] as Words, world.locals[0] as Local];
  const { table, locals } = world;
  drain(write('a', 1)(own, local, table));
  drain(write('b', bytes(30))(own, local, table));
  drain(write('d', 4)(own, local, table));
  drain(write('x', bytes(8), 1_000_010)(own, local, table));
  drain(call('write', 's', undefined, NEWER, 0, 0, 3, 0)(own, local, table));
  drain(call('write', 't', 2, NEWER, 0, 0, 3, 0)(own, local, table));
  for (const key of ['h', 'w']) {
    const party = { owner: 1, id: HOLDER, label: 'held' };
    fence = (drain(ask(own, 'enter', local, 1, key, party, false)) as { fence: number }).fence;
  }
  const waiting = { owner: 2, id: WAITER, label: undefined };
  drain(ask(words[1] as Words, 'enter', locals[1], 1, 'w', waiting, true));
  world.image = world.m.words.slice();
  return world;
}

// Every interleaving of two calls with few switches, and every death, against what the calls do one after the other.
import assert from 'node:assert/strict';
import { ANY, NEWER, VERSION } from '../../../../src/contract/condition.ts';
import type { Local, Table } from '../../../../src/engines/shared/local.ts';
import { run, type Run, type Schedule } from './schedule.ts';
import { makeWorld, problemsOf, reset, stateOf, type Steps, type Words, type World } from './world.ts';

/** A call of a word by one thread; what it answers, as text. */
type Call = (words: Words, local: Local, table: Table) => Steps<string>;

interface Reply {
  readonly ok?: boolean;
  readonly entry?: { readonly value: unknown } | undefined;
  readonly entries?: readonly ({ readonly value: unknown } | undefined)[];
  readonly count?: number;
  readonly fence?: number;
}

/** A word by its name, its answer without versions. */
function call(name: string, ...given: readonly unknown[]): Call {
  return function* (words, local, table) {
    const word = words[name];
    assert.ok(word !== undefined, name);
    const reply = yield* word(local, table, ...given);
    if (typeof reply !== 'object' || reply === null) return String(Boolean(reply));
    const { ok, entry, entries, count } = reply as Reply;
    return [ok, entry?.value, entries?.map((found) => found?.value ?? '-'), count].map(String).join(' ');
  };
}

const write = (key: string, cell: unknown, expiresAt = 0): Call =>
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
const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(length);

/** The calls that are tried with each other. Keys `a` and `b` stand, `c` does not. */
export const CALLS: Readonly<Record<string, Call>> = {
  update: write('a', bytes(40)),
  insert: write('c', bytes(9)),
  insertOnce: call('write', 'c', 7, VERSION, 0, 0, undefined, 0),
  expiring: write('a', 3, 2_000_000),
  delete: write('a', undefined),
  deleteNewer: call('write', 'a', undefined, NEWER, 0, 0, 5, 0),
  newerOverStone: call('write', 's', 9, NEWER, 0, 0, 8, 0),
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
};

/** What is explored for one pair of calls. */
export interface Bounds {
  /** The most switches between the threads that are tried exhaustively. */
  readonly switches: number;
  /** Every so many of the second switch points; 1 for all. */
  readonly stride: number;
}

/** Tries out a pair of calls; how many runs that took. */
export function explorePair(
  words: readonly Words[],
  names: readonly [string, string],
  recording: boolean,
  bounds: Bounds,
): number {
  const world = prepared(words, recording);
  const threads = (): Steps[] =>
    names.map((name, i) => (CALLS[name] as Call)(words[i] as Words, world.locals[i] as Local, world.table));
  const only = (which: number): string => {
    reset(world);
    drain(
      (CALLS[names[which] as string] as Call)(
        words[which] as Words,
        world.locals[which] as Local,
        world.table,
      ),
    );
    return stateOf(world);
  };
  const outcome = (schedule: Schedule): { readonly run: Run; readonly state: string } => {
    reset(world);
    const done = run(world, threads(), schedule);
    clearUp(world, words, schedule);
    const problems = problemsOf(world);
    assert.deepEqual(problems, [], told(names, recording, schedule));
    return { run: done, state: stateOf(world) };
  };
  const serial = [0, 1].map((first) => outcome({ first, switches: [] }));
  const whole = serial.map(({ run: { results }, state }) => JSON.stringify([results, state]));
  const lengths = [0, 1].map((i) => Math.max(...serial.map(({ run: { steps } }) => steps[i] ?? 0)));
  const afterDeath = [0, 1].map((thread) => [only(1 - thread), ...serial.map(({ state }) => state)]);
  let runs = 0;
  const check = (schedule: Schedule): void => {
    runs++;
    const {
      run: { results },
      state,
    } = outcome(schedule);
    const { kill } = schedule;
    if (kill === undefined) {
      assert.ok(
        whole.includes(JSON.stringify([results, state])),
        `${told(names, recording, schedule)}: ${JSON.stringify([results, state])} is none of ${whole.join(' or ')}`,
      );
    } else {
      assert.ok(
        afterDeath[kill.thread]?.includes(state),
        `${told(names, recording, schedule)}: ${state} is none of ${afterDeath[kill.thread]?.join(' or ')}`,
      );
    }
  };
  for (const first of [0, 1]) {
    for (let step = 0; step <= (lengths[first] ?? 0); step++) {
      check({ first, switches: [step] });
      check({ first, switches: [], kill: { thread: first, step } });
      if (bounds.switches < 2) continue;
      for (
        let second = 1 + (step % bounds.stride);
        second <= (lengths[1 - first] ?? 0);
        second += bounds.stride
      ) {
        check({ first, switches: [step, second] });
        check({ first, switches: [step], kill: { thread: 1 - first, step: second } });
        check({ first, switches: [step, second], kill: { thread: first, step: step + second } });
      }
    }
  }
  return runs;
}

/** A world in which some keys stand. */
function prepared(words: readonly Words[], recording: boolean): World {
  const world = makeWorld(words, recording);
  const [own, local] = [words[0] as Words, world.locals[0] as Local];
  for (const [key, cell] of [
    ['a', 1],
    ['b', bytes(30)],
    ['d', 4],
  ] as const)
    drain(write(key, cell)(own, local, world.table));
  drain(call('write', 's', undefined, NEWER, 0, 0, 3, 0)(own, local, world.table));
  world.image = world.m.words.slice();
  return world;
}

function drain(steps: Steps): unknown {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The thread that is left does what is left to do: recovers the other one, if it died. */
function clearUp(world: World, words: readonly Words[], { kill }: Schedule): void {
  if (kill === undefined || !world.dead.has(kill.thread + 1)) return;
  const left = 1 - kill.thread;
  const recover = (words[left] as Words)['recover'];
  assert.ok(recover !== undefined);
  drain(recover(world.locals[left] as Local, kill.thread + 1));
}

function told(names: readonly string[], recording: boolean, schedule: Schedule): string {
  return `${names.join(' with ')}${recording ? ', recorded' : ''}, ${JSON.stringify(schedule)}`;
}

// Writes to a full store that evicts, beside another call: which entries go depends on the order, so what is checked is that
// nothing is wrong or torn.
import assert from 'node:assert/strict';
import { StoreError } from '../../../../src/base/errors.ts';
import type { Local } from '../../../../src/engines/shared/local.ts';
import { bytes, type Call, callOf, drain, write } from './calls.ts';
import { run, type Schedule } from './schedule.ts';
import { makeWorld, problemsOf, reset, stateOf, type Steps, type Words, type World } from './world.ts';

const OTHERS: Readonly<Record<string, Call>> = {
  get: callOf('get'),
  delete: callOf('delete'),
  insert: write('c', bytes(9)),
  evicting: write('other', bytes(120)),
  larger: write('larger', bytes(200)),
};

/** Tries a write that evicts with some others, at every so many steps; how many runs that took. */
export function exploreEvicting(
  words: readonly Words[],
  recording: boolean,
  stride: number,
  offset: number,
): number {
  const world = fullWorld(words, recording);
  const locals = world.locals.map((local): Local => ({ ...local, evicts: true }));
  let runs = 0;
  for (const [name, other] of Object.entries(OTHERS)) {
    const calls: readonly Call[] = [write('new', bytes(120)), other];
    const begin = (): Steps[] =>
      calls.map((call, i) => call(words[i] as Words, locals[i] as Local, world.table));
    const check = (schedule: Schedule): readonly number[] => {
      runs++;
      reset(world);
      const { results, steps } = run(world, begin(), schedule);
      const dead = schedule.kill?.thread;
      if (dead !== undefined && world.dead.has(dead + 1)) {
        const recover = (words[1 - dead] as Words)['recover'] as (...given: readonly unknown[]) => Steps;
        drain(recover(locals[1 - dead], dead + 1));
      }
      const told = `evicting with ${name}${recording ? ', recorded' : ''}, ${JSON.stringify(schedule)}`;
      assert.deepEqual(problemsOf(world), [], told);
      const state = stateOf(world);
      assert.doesNotMatch(state, /torn/, told);
      if (dead !== undefined) return steps;
      assert.ok(
        results.every((result) => result !== undefined),
        told,
      );
      // What was only just written goes first when another one needs its room.
      if (name === 'get' || name === 'delete') assert.match(state, /1\/new=120x120/, told);
      return steps;
    };
    for (const first of [0, 1]) {
      const whole = (thread: number) => ({ thread, steps: Infinity });
      const length = check({ turns: [whole(first), whole(1 - first)] })[first] as number;
      for (let step = offset % stride; step <= length; step += stride) {
        check({ turns: [{ thread: first, steps: step }, whole(1 - first)] });
        check({ turns: [whole(first), whole(1 - first)], kill: { thread: first, step } });
      }
    }
  }
  return runs;
}

/** A world with no room for anything of the size that the calls write. */
function fullWorld(words: readonly Words[], recording: boolean): World {
  const world = makeWorld(words, recording, false);
  const put = (key: string, cell: unknown): boolean => {
    try {
      drain(write(key, cell)(words[0] as Words, world.locals[0] as Local, world.table));
      return true;
    } catch (error) {
      assert.ok(error instanceof StoreError && error.code === 'FULL', String(error));
      return false;
    }
  };
  put('a', 1);
  // A key for each stripe at least, until none takes more.
  let refused = 0;
  for (let n = 0; refused < 200; n++) if (!put(`e${n}`, bytes(120))) refused++;
  world.image = world.m.words.slice();
  return world;
}

// Runs virtual threads step by step in an order that is given, and ends one of them in the middle.
import type { Steps, World } from './world.ts';

/** In which order the threads run. */
export interface Schedule {
  /** The thread that begins. */
  readonly first: number;
  /** After so many steps of its own the thread that runs is stopped in favour of the other, in turn. */
  readonly switches: readonly number[];
  /** A thread that is gone before its step of this number. */
  readonly kill?: { readonly thread: number; readonly step: number } | undefined;
}

/** What came of a run. */
export interface Run {
  /** By thread; `undefined` for one that was ended. */
  readonly results: readonly unknown[];
  /** How many steps each thread made. */
  readonly steps: readonly number[];
}

/** More steps than any run needs. */
const HANGS = 200_000;

/** Runs two threads to their ends. @throws Error when that does not come */
export function run(world: World, threads: readonly Steps[], { first, switches, kill }: Schedule): Run {
  const results: unknown[] = threads.map(() => undefined);
  const steps = threads.map(() => 0);
  const over = threads.map(() => false);
  const asleep: ({ readonly word: number; readonly value: number } | undefined)[] = threads.map(
    () => undefined,
  );
  let current = first;
  let turn = 0;
  let left = switches[0] ?? Infinity;
  let slept = 0;
  for (let total = 0; over.includes(false); total++) {
    if (total > HANGS) throw new Error(`hangs: ${JSON.stringify({ first, switches, kill, steps })}`);
    const other = 1 - current;
    const mustWait = isAsleep(world, asleep[current]);
    if (over[current] === true || left <= 0 || mustWait) {
      const away = over[other] === false && !isAsleep(world, asleep[other]);
      if (left <= 0 && !mustWait && over[current] === false) left = switches[++turn] ?? Infinity;
      if (away) {
        current = other;
        continue;
      }
      if (over[current] === true) {
        current = other;
        asleep[current] = undefined;
        continue;
      }
      // Nobody else can go on: the sleep ends by its time.
      if (mustWait && slept++ > 1_000) throw new Error('both threads sleep for ever');
    }
    asleep[current] = undefined;
    if (kill?.thread === current && kill.step === steps[current]) {
      over[current] = true;
      world.dead.add(current + 1);
      continue;
    }
    const step = (threads[current] as Steps).next();
    left--;
    steps[current] = (steps[current] ?? 0) + 1;
    if (step.done === true) {
      over[current] = true;
      results[current] = step.value;
    } else asleep[current] = step.value;
  }
  return { results, steps };
}

function isAsleep(
  world: World,
  sleep: { readonly word: number; readonly value: number } | undefined,
): boolean {
  return sleep !== undefined && world.m.words[sleep.word] === sleep.value;
}

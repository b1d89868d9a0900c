// Runs virtual threads step by step in an order that is given, and ends one of them in the middle.
import type { Steps, World } from './world.ts';

/** A thread that runs for so many steps of its own, or until it sleeps. */
export interface Turn {
  readonly thread: number;
  readonly steps: number;
}

/** In which order the threads run: by these turns, and then each to its end, by number. */
export interface Schedule {
  readonly turns: readonly Turn[];
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

type Sleep = { readonly word: number; readonly value: number } | undefined;

/** More steps than any run needs. */
const HANGS = 400_000;
/** Sleeps that end by their time, in a run in which nobody can go on. */
const SLEEPS = 1_000;

/** Runs threads to their ends. @throws Error when that does not come */
export function run(world: World, threads: readonly Steps[], { turns, kill }: Schedule): Run {
  const results: unknown[] = threads.map(() => undefined);
  const steps = threads.map(() => 0);
  const over = threads.map(() => false);
  const asleep: Sleep[] = threads.map(() => undefined);
  const awake = (thread: number): boolean => over[thread] === false && !isAsleep(world, asleep[thread]);
  let turn = 0;
  let left = turns[0]?.steps ?? 0;
  let current = turns[0]?.thread ?? 0;
  let slept = 0;
  for (let total = 0; over.includes(false); total++) {
    if (total > HANGS) throw new Error(`hangs: ${JSON.stringify({ turns, kill, steps })}`);
    if (turn < turns.length && (left <= 0 || !awake(current))) {
      const next = turns[++turn];
      current = next?.thread ?? current;
      left = next?.steps ?? 0;
      continue;
    }
    if (!awake(current)) {
      const other = over.findIndex((_, thread) => awake(thread));
      if (other >= 0) current = other;
      else {
        // Nobody can go on: one sleep after the other ends by its time.
        do current = (current + 1) % over.length;
        while (over[current] === true);
        if (slept++ > SLEEPS) throw new Error('all threads sleep for ever');
      }
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

function isAsleep(world: World, sleep: Sleep): boolean {
  return sleep !== undefined && world.m.words[sleep.word] === sleep.value;
}

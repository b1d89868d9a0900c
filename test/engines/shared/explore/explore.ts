// Every interleaving of some calls with few switches, and every death, against what the calls do one after the other.
import assert from 'node:assert/strict';
import { RECOVERED, T_STATE } from '../../../../src/engines/shared/layout.ts';
import type { Local } from '../../../../src/engines/shared/local.ts';
import { threadAt } from '../../../../src/engines/shared/memory.ts';
import { callOf, drain, preparedWorld } from './calls.ts';
import { run, type Run, type Schedule, type Turn } from './schedule.ts';
import { problemsOf, reset, stateOf, type Steps, usedMemory, type Words, type World } from './world.ts';

/** What is explored for some calls. */
export interface Bounds {
  /** Every so many of the points at which the first switch comes. */
  readonly first: number;
  /** Every so many of the points at which a second switch comes; 0 for none. */
  readonly second: number;
  /** Which of them: numbers to begin with. */
  readonly offset: number;
}

/** Tries out calls, each by a thread of its own; how many runs that took. */
export function explore(
  words: readonly Words[],
  names: readonly string[],
  recording: boolean,
  bounds: Bounds,
): number {
  const explorer = new Explorer(words, names, recording);
  for (const order of orders(names.map((_, thread) => thread))) explorer.explore(order, bounds);
  return explorer.runs;
}

class Explorer {
  runs = 0;
  readonly #words: readonly Words[];
  readonly #names: readonly string[];
  readonly #recording: boolean;
  readonly #world: World;
  /** What may come of it, when nobody dies, and by thread, when that one does. */
  readonly #whole: ReadonlySet<string>;
  readonly #without: readonly ReadonlySet<string>[];
  /** Memories that were audited, and what stands in them: many runs end in the same. */
  readonly #audits: { readonly image: Buffer; readonly state: string }[] = [];
  /** The most steps of each thread. */
  readonly #lengths: number[];

  constructor(words: readonly Words[], names: readonly string[], recording: boolean) {
    this.#words = words;
    this.#names = names;
    this.#recording = recording;
    this.#world = preparedWorld(words, recording);
    this.#lengths = names.map(() => 0);
    const all = names.map((_, thread) => thread);
    this.#whole = new Set(orders(all).map((order) => this.#serially(order, -1, 0)));
    this.#without = all.map((dead) => {
      const others = all.filter((thread) => thread !== dead);
      const told = new Set<string>();
      for (const order of [...orders(all), ...orders(others)]) {
        for (let after = order.indexOf(dead) + 1; after <= order.length; after++)
          told.add(this.#serially(order, dead, after));
      }
      return told;
    });
  }

  explore(order: readonly number[], { first, second, offset }: Bounds): void {
    const [one = 0, other = 1, ...rest] = order;
    const length = (thread: number): number => this.#lengths[thread] as number;
    for (let step = offset % first; step <= length(one); step += first) {
      const turns: Turn[] = [{ thread: one, steps: step }, ...whole([other, ...rest])];
      this.#check({ turns });
      this.#check({ turns: whole(order), kill: { thread: one, step } });
      if (second === 0) continue;
      for (let until = 1 + ((step + offset) % second); until <= length(other); until += second) {
        const begun: Turn[] = [
          { thread: one, steps: step },
          { thread: other, steps: until },
        ];
        const ends =
          rest.length === 0
            ? [[one]]
            : [
                [...rest, one, other],
                [...rest, other, one],
              ];
        for (const end of ends) this.#check({ turns: [...begun, ...whole(end)] });
        this.#check({ turns: [...begun, ...whole(rest)], kill: { thread: other, step: until } });
        this.#check({
          turns: [...begun, ...whole([...rest, one])],
          kill: { thread: one, step: step + until },
        });
      }
    }
  }

  /** What comes of some of the calls one after the other, when `dead` dies after so many of them; -1 for nobody. */
  #serially(order: readonly number[], dead: number, after: number): string {
    const world = this.#world;
    reset(world);
    const results: unknown[] = this.#names.map(() => undefined);
    for (const [i, thread] of order.entries()) {
      if (dead >= 0 && i === after) world.dead.add(dead + 1);
      const steps = this.#begin(thread);
      for (let length = 0; ; length++) {
        const step = steps.next();
        this.#lengths[thread] = Math.max(this.#lengths[thread] as number, length);
        if (step.done !== true) continue;
        results[thread] = step.value;
        break;
      }
    }
    if (dead >= 0) {
      results[dead] = undefined;
      world.dead.add(dead + 1);
      world.m.words[threadAt(world.m, dead + 1) + T_STATE] = RECOVERED;
      this.#bury(dead);
    }
    return JSON.stringify([results, stateOf(world)]);
  }

  #begin(thread: number): Steps {
    const world = this.#world;
    const call = callOf(this.#names[thread] as string);
    return call(this.#words[thread] as Words, world.locals[thread] as Local, world.table);
  }

  #check(schedule: Schedule): void {
    const world = this.#world;
    this.runs++;
    reset(world);
    const { results }: Run = run(
      world,
      this.#names.map((_, thread) => this.#begin(thread)),
      schedule,
    );
    const dead = schedule.kill?.thread;
    const died = dead !== undefined && world.dead.has(dead + 1);
    if (died) this.#clearUp(dead);
    const told = (): string =>
      `${this.#names.join(' with ')}${this.#recording ? ', recorded' : ''}, ${JSON.stringify(schedule)}`;
    const found = JSON.stringify([results, this.#audited(told)]);
    const allowed = died ? (this.#without[dead] as ReadonlySet<string>) : this.#whole;
    assert.ok(allowed.has(found), `${told()}: ${found} is none of ${[...allowed].join(' or ')}`);
  }

  /** What stands, in a memory that has nothing wrong with it. */
  #audited(told: () => string): string {
    const memory = usedMemory(this.#world);
    const known = this.#audits.findLast(({ image }) => image.equals(memory));
    if (known !== undefined) return known.state;
    assert.deepEqual(problemsOf(this.#world), [], told());
    const state = stateOf(this.#world);
    this.#audits.push({ image: Buffer.from(memory), state });
    return state;
  }

  /** A thread that is left recovers the one that died, if nobody did, and passes on its locks. */
  #clearUp(dead: number): void {
    const [words, local] = this.#survivor(dead);
    drain((words['recover'] as (...given: readonly unknown[]) => Steps)(local, dead + 1));
    this.#bury(dead);
  }

  #bury(dead: number): void {
    const [words, local] = this.#survivor(dead);
    const leaveAll = words['leaveAll'] as (...given: readonly unknown[]) => Steps;
    for (let stripe = 0; stripe < local.m.layout.stripes; stripe++)
      drain(leaveAll(local, stripe, dead + 1, new Set()));
  }

  #survivor(dead: number): [Words, Local] {
    const left = dead === 0 ? 1 : 0;
    return [this.#words[left] as Words, this.#world.locals[left] as Local];
  }
}

/** Threads that run to their ends, one after the other. */
function whole(threads: readonly number[]): Turn[] {
  return threads.map((thread) => ({ thread, steps: Infinity }));
}

/** All orders of some threads. */
function orders(threads: readonly number[]): number[][] {
  if (threads.length < 2) return [[...threads]];
  return threads.flatMap((first) =>
    orders(threads.filter((thread) => thread !== first)).map((rest) => [first, ...rest]),
  );
}

import type { CancelTimer } from '../../base/clock.ts';
import { ringAll } from './bell.ts';
import { NEVER, TICK_MS } from './due.ts';
import { NEXT_DUE } from './layout.ts';
import type { Local } from './local.ts';
import { sweep } from './sweep.ts';

/** The most entries that one turn of the event loop looks at. */
const SLICE = 2000;

/** Sweeps what has expired, by one background timer; every thread has one, and whichever comes first does the work. */
export class ExpiryTimer {
  readonly #local: Local;
  readonly #swept: () => void;
  /** The tick the timer waits for. */
  #armedFor = NEVER;
  /** The earliest tick that other threads were told of. */
  #told = NEVER;
  #cancel: CancelTimer | undefined;
  #stopped = false;

  /** @param swept - told after each sweep */
  constructor(local: Local, swept: () => void) {
    this.#local = local;
    this.#swept = swept;
  }

  /** Sees to it that the timer comes when the first entry expires. */
  arm(): void {
    const next = Atomics.load(this.#local.m.words, NEXT_DUE);
    if (next >= this.#armedFor || this.#stopped) return;
    this.#cancel?.();
    this.#armedFor = next;
    const delay = Math.max(1, this.#local.base + next * TICK_MS - this.#local.clock.now());
    this.#cancel = this.#local.clock.after(delay, () => this.#run(), true);
  }

  /** Says to all threads that something expires earlier than they know. */
  announce(): void {
    this.arm();
    const next = Atomics.load(this.#local.m.words, NEXT_DUE);
    if (next >= this.#told) return;
    this.#told = next;
    ringAll(this.#local.m);
  }

  /** Ends the timer for good. */
  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #run(): void {
    this.#armedFor = NEVER;
    this.#told = NEVER;
    try {
      sweep(this.#local, SLICE);
      this.#swept();
    } catch {
      // A damaged buffer: words that are called say so, and nobody else can be told.
      this.stop();
    }
    this.arm();
  }
}

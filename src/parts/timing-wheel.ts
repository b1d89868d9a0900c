import type { CancelTimer, Clock } from '../base/clock.ts';

/**
 * What can lie in a wheel; the fields are the wheel's. Begin with 0, `undefined`, 0.
 *
 * @example
 * ```ts
 * import type { Timed } from 'samemap/engine';
 * interface Item extends Timed<Item> {
 *   readonly key: string;
 * }
 * const item: Item = { key: 'a', dueAt: 0, slot: undefined, index: 0 };
 * ```
 */
export interface Timed<Item> {
  /** When the wheel will look at it: never later than the time it was last parked for. */
  dueAt: number;
  /** The list it lies in; `undefined` when it is not parked. */
  slot: Item[] | undefined;
  /** Its place in the list. */
  index: number;
}

/** The length of a tick, in milliseconds: how late an item may come, besides the timer's own lateness. */
export const TICK_MS = 16;

const SLOTS = 64;
const LEVELS = 5;
/** Ticks that the wheel spans; what is farther off is parked at the rim and parked again from there. */
const SPAN = SLOTS ** LEVELS;
/** The most items looked at in one turn of the event loop. */
const SLICE = 2000;

/**
 * A hierarchical timing wheel: items come up once their time is over, at a constant cost each,
 * with one background timer for all of them. Level `n` has 64 slots of 64^n ticks; the slot that
 * begins now is emptied into the levels below.
 *
 * An item is parked at most once. Moving it to a later time costs nothing: it comes up early, and
 * `onDue` parks it again.
 *
 * @example
 * ```ts
 * import { systemClock, type Timed, TimingWheel } from 'samemap/engine';
 * interface Item extends Timed<Item> {
 *   readonly key: string;
 * }
 * const clock = systemClock();
 * const wheel = new TimingWheel<Item>(clock, ({ key }) => console.log(key, 'is over'));
 * wheel.park({ key: 'a', dueAt: 0, slot: undefined, index: 0 }, clock.now() + 1_000);
 * wheel.stop();
 * ```
 */
export class TimingWheel<Item extends Timed<Item>> {
  readonly #clock: Clock;
  readonly #onDue: (item: Item, now: number) => void;
  /** Slot `s` of level `n` at `n * SLOTS + s`; made for the first item. */
  #slots: Item[][] = [];
  /** Slots whose time has come, being emptied. */
  #open: Item[][] = [];
  /** All slots that begin up to this tick have been opened. */
  #tick = 0;
  #size = 0;
  /** The tick the timer waits for. */
  #armedFor = Infinity;
  #cancel: CancelTimer | undefined;
  #stopped = false;

  /** @param onDue - gets each item once its time is over or it was parked for later since; may park it again */
  constructor(clock: Clock, onDue: (item: Item, now: number) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Items parked. */
  get size(): number {
    return this.#size;
  }

  /** Parks an item; one that is parked already is moved when its time is nearer now. */
  park(item: Item, dueAt: number): void {
    if (item.slot !== undefined) {
      if (item.dueAt <= dueAt) return;
      this.unpark(item);
    }
    if (this.#slots.length === 0) this.#slots = Array.from({ length: SLOTS * LEVELS }, () => []);
    if (this.#size === 0) this.#tick = Math.max(this.#tick, Math.floor(this.#clock.now() / TICK_MS));
    item.dueAt = dueAt;
    this.#size++;
    this.#arm(this.#place(item));
  }

  /** Takes an item out; one that is not parked is left alone. */
  unpark(item: Item): void {
    const slot = item.slot;
    if (slot === undefined) return;
    const last = slot.pop();
    if (last !== undefined && last !== item) {
      slot[item.index] = last;
      last.index = item.index;
    }
    item.slot = undefined;
    this.#size--;
  }

  /** Brings up all items whose time is over, at once. */
  sweep(): void {
    if (this.#size === 0) return;
    const now = this.#clock.now();
    this.#advance(now, Infinity);
    // The rest of them lies in the slots that begin with the next tick, among others that are not due.
    for (const slot of this.#slotsAt(this.#tick + 1)) {
      for (let i = slot.length - 1; i >= 0; i--) {
        const item = slot[i];
        if (item === undefined || item.dueAt > now) continue;
        this.unpark(item);
        this.#onDue(item, now);
      }
    }
  }

  /** Ends the timer for good; items stay where they are. */
  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** Puts an item into its slot; the tick at which that begins. */
  #place(item: Item): number {
    const tick = Math.min(Math.max(Math.ceil(item.dueAt / TICK_MS), this.#tick + 1), this.#tick + SPAN - 1);
    let level = 0;
    let unit = 1;
    for (; tick - this.#tick >= unit * SLOTS; unit *= SLOTS) level++;
    const begin = Math.floor(tick / unit);
    const slot = this.#slots[level * SLOTS + (begin % SLOTS)] as Item[];
    item.index = slot.push(item) - 1;
    item.slot = slot;
    return begin * unit;
  }

  /** Brings up what is due, looking at `budget` items at most; `false` when that was not enough. */
  #advance(now: number, budget: number): boolean {
    const until = Math.floor(now / TICK_MS);
    let left = budget;
    for (;;) {
      for (let slot = this.#open.at(-1); slot !== undefined; slot = this.#open.at(-1)) {
        for (let item = slot.at(-1); item !== undefined; item = slot.at(-1)) {
          if (left-- <= 0) return false;
          this.unpark(item);
          if (Math.ceil(item.dueAt / TICK_MS) > this.#tick) {
            this.#size++;
            this.#place(item);
          } else this.#onDue(item, now);
        }
        this.#open.pop();
      }
      const next = this.#nextTick();
      if (next > until) break;
      this.#tick = next;
      this.#openSlots();
    }
    this.#tick = Math.max(this.#tick, until);
    return true;
  }

  /** Opens all slots that begin with the current tick. */
  #openSlots(): void {
    for (let level = 0, unit = 1; level < LEVELS && this.#tick % unit === 0; level++, unit *= SLOTS) {
      const at = level * SLOTS + ((this.#tick / unit) % SLOTS);
      const slot = this.#slots[at] as Item[];
      if (slot.length === 0) continue;
      this.#open.push(slot);
      this.#slots[at] = [];
    }
  }

  /** The slots that begin with a tick. */
  #slotsAt(tick: number): Item[][] {
    const slots: Item[][] = [];
    for (let level = 0, unit = 1; level < LEVELS && tick % unit === 0; level++, unit *= SLOTS) {
      slots.push(this.#slots[level * SLOTS + ((tick / unit) % SLOTS)] as Item[]);
    }
    return slots;
  }

  /** The next tick with which a slot begins that is not empty. */
  #nextTick(): number {
    let next = Infinity;
    for (let level = 0, unit = 1; level < LEVELS; level++, unit *= SLOTS) {
      const current = Math.floor(this.#tick / unit);
      for (let ahead = 1; ahead <= SLOTS; ahead++) {
        if (this.#slots[level * SLOTS + ((current + ahead) % SLOTS)]?.length === 0) continue;
        next = Math.min(next, (current + ahead) * unit);
        break;
      }
    }
    return next;
  }

  /** Sees to it that the timer comes at a tick, or earlier. */
  #arm(tick: number): void {
    if (tick >= this.#armedFor || this.#stopped) return;
    this.#cancel?.();
    this.#armedFor = tick;
    this.#cancel = this.#clock.after(
      Math.max(0, tick * TICK_MS - this.#clock.now()),
      () => {
        this.#armedFor = Infinity;
        const done = this.#advance(this.#clock.now(), SLICE);
        this.#arm(done ? this.#nextTick() : this.#tick);
      },
      true,
    );
  }
}

import { performance } from 'node:perf_hooks';
import type { CancelTimer } from '../../base/clock.ts';
import { behindMap, mapPrefix } from './keys.ts';
import type { BackgroundWork, State } from './state.ts';
import { pruneStones } from './stones.ts';

/** Above this share of a busy event loop upkeep is put off. */
const BUSY = 0.8;
/** The most entries that one slice removes. */
const SLICE = 1000;
const GARBAGE_NOTE = 'garbage:';

/** The name of the fact that a place in the trees is garbage. */
export function garbageNote(storage: number): string {
  return `${GARBAGE_NOTE}${storage}`;
}

/**
 * Work that can wait: removing what loads left behind, trimming the history by age, forgetting old
 * stamps, giving free pages back. It is done in slices, put off while the event loop is busy, and done all
 * the same when it was put off for too long. A timer has nobody to throw at: what fails is counted and tried again.
 */
export class Upkeep implements BackgroundWork {
  readonly #state: () => State;
  readonly #compact: () => Promise<void>;
  readonly #load: () => number;
  readonly #spared = new Set<number>();
  #cancel: CancelTimer | undefined;
  #stopped = false;
  /** Since when work is put off. */
  #since: number | undefined;
  #stonesFrom = '';
  /** No compaction begins before. */
  #compactFrom = 0;
  #compacting = false;
  #slices = 0;
  #putOff = 0;
  #failures = 0;
  #compactions = 0;

  /**
   * @param compact - gives free pages back
   * @param load - share of its time that the event loop was busy since the last call
   */
  constructor(state: () => State, compact: () => Promise<void>, load: () => number = eventLoopLoad()) {
    this.#state = state;
    this.#compact = compact;
    this.#load = load;
  }

  get failures(): number {
    return this.#failures;
  }

  get compactions(): number {
    return this.#compactions;
  }

  get slices(): number {
    return this.#slices;
  }

  get putOff(): number {
    return this.#putOff;
  }

  begin(): void {
    if (this.#cancel === undefined && !this.#compacting) this.#arm(this.#state().settings.upkeepMs);
  }

  spare(storages: readonly number[], spared: boolean): void {
    for (const storage of storages) {
      if (spared) this.#spared.add(storage);
      else this.#spared.delete(storage);
    }
  }

  spares(storage: number): boolean {
    return this.#spared.has(storage);
  }

  async all(): Promise<void> {
    while (!this.#stopped && this.#slice()) await this.#state().commits.settled();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #arm(delayMs: number): void {
    if (this.#stopped) return;
    this.#cancel = this.#state().clock.after(delayMs, () => this.#run(), true);
  }

  #run(): void {
    const state = this.#state();
    this.#cancel = undefined;
    if (this.#stopped || state.fault !== undefined) return;
    const { upkeepMs, upkeepForcedMs } = state.settings;
    const now = state.clock.now();
    if (this.#load() > BUSY && now - (this.#since ??= now) < upkeepForcedMs) {
      this.#putOff++;
      this.#arm(upkeepMs);
      return;
    }
    this.#since = undefined;
    try {
      if (this.#slice()) this.#arm(Math.min(20, upkeepMs));
      else if (this.#shouldCompact(now)) this.#beginCompaction();
      else if (state.changes.size + state.tombstones.size > 0) this.#arm(upkeepMs);
    } catch {
      this.#failures++;
      this.#arm(upkeepMs);
    }
  }

  /** Half of the file is free at least, so that copying never costs more than what was freed since. */
  #shouldCompact(now: number): boolean {
    const { environment, settings } = this.#state();
    if (now < this.#compactFrom || environment.fileBytes() < settings.compactFreeBytes) return false;
    const { usedBytes, fileBytes } = environment.size();
    const free = fileBytes - usedBytes;
    return free >= settings.compactFreeBytes && free >= usedBytes && usedBytes <= settings.compactUsedBytes;
  }

  #beginCompaction(): void {
    const { clock, settings } = this.#state();
    const over = (): void => {
      this.#compacting = false;
      this.#arm(settings.upkeepMs);
    };
    this.#compactions++;
    this.#compacting = true;
    this.#compact().then(over, () => {
      this.#failures++;
      this.#compactFrom = clock.now() + settings.upkeepForcedMs;
      over();
    });
  }

  /** A bounded piece of work; `true` when there is more. */
  #slice(): boolean {
    const state = this.#state();
    this.#slices++;
    const trimmed = state.changes.trim(state.clock.now());
    if (trimmed) state.commits.touch(64);
    const next =
      state.trees.stones.page('', undefined, 1, false).items.length === 0
        ? undefined
        : pruneStones(state, this.#stonesFrom);
    this.#stonesFrom = next ?? '';
    return this.#removeGarbage() || trimmed || next !== undefined;
  }

  #removeGarbage(): boolean {
    const { trees, commits } = this.#state();
    const { items } = trees.meta.page(GARBAGE_NOTE, 'garbage;', 1_000, false);
    for (const { key } of items) {
      const storage = Number(key.slice(GARBAGE_NOTE.length));
      if (this.#spared.has(storage)) continue;
      const prefix = mapPrefix(storage);
      const found = trees.entries.page(prefix, behindMap(storage), SLICE, false);
      for (const item of found.items) trees.entries.remove(item.key);
      if (!found.more) trees.meta.remove(key);
      commits.touch(64 * found.items.length + 1);
      return true;
    }
    return false;
  }
}

/** How busy the event loop is, between one call and the next. */
function eventLoopLoad(): () => number {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}

import type { CancelTimer, Clock } from '../../base/clock.ts';
import { StoreError } from '../../base/errors.ts';
import { prefixEnd } from '../../base/utf8.ts';
import type { ManyReply, Operation, Stored } from '../../contract/core.ts';
import { NearFeed, type NearMap, type NearSettings } from './near-feed.ts';
import type { NearRows } from './near-rows.ts';
import { BEHIND, type Near } from './remote.ts';

/** The most keys of writes that the feed has not told of. */
const MOST_OWN = 10_000;
/** How long the feed may take to tell of what is known to have been committed. */
const REACH_MS = 10_000;
/** How long a read of all waits for writes of this handle to come in, before it asks the store. */
const OWN_MS = 100;
const LEAST_PAUSE_MS = 10;
/** How often a read of all waits for writes of this handle, which may go on. */
const MOST_TURNS = 3;

/**
 * A copy of a map or of the keys under a prefix, fed by the changes, that knows its age: how long ago it was
 * seen to have all that was committed by then. Opened by the first read, again by the next one after a fault.
 * What was acknowledged to its handle, or answered to it by the store, it never takes back.
 */
export class NearCopy implements Near {
  readonly #map: NearMap;
  readonly #clock: Clock;
  readonly #settings: NearSettings;
  readonly #feed: NearFeed;
  #cancelTimer: CancelTimer = () => undefined;
  /** The copy is known to have had everything at this time. */
  #freshAt = -Infinity;
  #check: Promise<void> | undefined;
  /** Set while changes are known of that the copy may lack and whose keys are not known. */
  #doubt: object | undefined;

  constructor(map: NearMap, settings: NearSettings) {
    this.#map = map;
    this.#clock = map.engine.clock;
    this.#settings = settings;
    this.#feed = new NearFeed(
      map,
      settings,
      (complete) => this.#opening(complete),
      () => this.#ended(),
    );
  }

  /** The version up to which the copy has everything, of the partition of a key. */
  reached(key: string): number {
    return this.#feed.reached[this.#map.engine.partition?.(key) ?? 0] ?? 0;
  }

  /** The version up to which the copy has everything in all partitions. */
  get oldest(): number {
    const { reached } = this.#feed;
    return reached.length === 0 ? 0 : Math.min(...reached);
  }

  /** The version up to which the copy has everything in some partition. */
  get newest(): number {
    return Math.max(...this.#feed.reached);
  }

  /** `true`: the key is one of those that are copied. */
  covers(key: string): boolean {
    return this.#feed.tooLarge !== 'outgrown' && key.startsWith(this.#settings.prefix);
  }

  /** `true`: all keys of a range are copied. */
  holds(start: string, end: string | undefined): boolean {
    const last = prefixEnd(this.#settings.prefix);
    return this.covers(start) && (last === undefined || (end !== undefined && end <= last));
  }

  peek(key: string): Stored | typeof BEHIND | undefined {
    const { rows, running } = this.#feed;
    if (rows === undefined || !running || !key.startsWith(this.#settings.prefix) || !this.#sure)
      return BEHIND;
    if (this.#settings.onStale !== 'serve' && !this.#fresh) return BEHIND;
    return unlessExpired(rows.get(key), this.#clock);
  }

  /**
   * The rows, as fresh as the options want them.
   *
   * @param whole - all of them must be of one version per partition
   * @returns `undefined` when the store must be asked
   * @throws StoreError `UNAVAILABLE` when they are staler than allowed, `LIMIT` when there are too many
   */
  async rows(whole: boolean): Promise<NearRows | undefined> {
    const feed = this.#feed;
    const opening = feed.open();
    if (feed.rows === undefined) await opening;
    else opening.catch(noop); // what was there is served meanwhile
    if (!this.#sure) {
      this.#begin().catch(noop);
      return undefined;
    }
    if (!this.#fresh) await this.#freshen();
    for (let turn = 0; whole && feed.own.size > 0; turn++) {
      if (turn === MOST_TURNS) return undefined;
      try {
        await feed.reach(feed.own.head(feed.reached), OWN_MS);
      } catch {
        return undefined;
      }
    }
    return this.#sure ? feed.rows : undefined;
  }

  /** Notes what is known to stand at a key, or with `undefined` that it is absent, as of a version. */
  note(key: string, version: number, stored: Stored | undefined): void {
    if (!this.#kept || !key.startsWith(this.#settings.prefix)) return;
    this.#feed.note(key, version, stored && copyOf(stored));
    if (this.#feed.own.size > MOST_OWN) this.noteAll();
  }

  /** {@link note} for an answer about several keys. */
  noteMany(keys: readonly string[], { at, entries }: ManyReply): void {
    for (const [i, key] of keys.entries()) {
      const entry = entries[i];
      if (entry !== undefined) this.note(key, entry.version, entry);
      else if (this.#map.engine.supports.partitions === 1) this.note(key, at, undefined);
      else if (this.#feed.rows?.get(key) !== undefined) this.noteAll(); // of which partition `at` is, is not known
    }
  }

  noteCommit(operations: readonly Operation[], version: number): void {
    for (const { map, key, cell, expiresAt, shape } of operations) {
      if (map !== this.#feed.mapId) continue;
      if (cell === undefined) this.note(key, version, undefined);
      else if (expiresAt < 0) this.noteAll();
      else this.note(key, version, { key, value: cell, version, expiresAt, shape });
    }
  }

  /** Notes that there are changes whose keys are not known. */
  noteAll(): void {
    if (!this.#kept) return;
    this.#doubt = {};
    this.#feed.own.clear();
    this.#begin().catch(noop);
  }

  restart(): void {
    this.#feed.tooLarge = undefined;
    this.#feed.end(new StoreError('UNAVAILABLE', `${this.#feed.name} begins anew`), false);
  }

  close(): void {
    this.#feed.end(new StoreError('CLOSED', `${this.#feed.name} was closed`), false);
  }

  /** `true`: there is something to keep up. */
  get #kept(): boolean {
    return this.#feed.running || this.#feed.rows !== undefined;
  }

  /** `true`: nothing is known that the copy may lack. */
  get #sure(): boolean {
    return this.#doubt === undefined && this.#feed.current;
  }

  get #fresh(): boolean {
    return this.#clock.now() - this.#freshAt < this.#settings.maxStaleMs;
  }

  #opening(complete: Promise<void>): void {
    const at = this.#clock.now();
    void complete.then(() => {
      this.#freshAt = Math.max(this.#freshAt, at);
      this.#arm();
    }, noop);
  }

  #ended(): void {
    this.#cancelTimer();
    this.#doubt = undefined;
    this.#freshAt = -Infinity;
  }

  /** Does what the options want of a copy that is too old. */
  async #freshen(): Promise<void> {
    const { onStale, maxStaleMs } = this.#settings;
    if (onStale === 'serve') return;
    if (onStale === 'fail') {
      throw new StoreError(
        'UNAVAILABLE',
        `${this.#feed.name} is not known to be younger than ${maxStaleMs} ms`,
      );
    }
    await this.#check?.catch(noop); // one that is under way began before this read
    if (!this.#fresh) await this.#begin();
  }

  /** Checks that the copy has all there is; one check at a time. */
  #begin(): Promise<void> {
    if (this.#check !== undefined) return this.#check;
    const check = this.#see().finally(() => (this.#check = undefined));
    this.#check = check;
    return check;
  }

  async #see(): Promise<void> {
    const at = this.#clock.now();
    const doubt = this.#doubt;
    await this.#feed.open();
    await this.#feed.reach(await this.#map.engine.position(), REACH_MS);
    this.#freshAt = Math.max(this.#freshAt, at);
    if (this.#doubt === doubt) this.#doubt = undefined;
  }

  /** Keeps the age below what is allowed, whether anybody reads or not. */
  #arm(): void {
    const { maxStaleMs } = this.#settings;
    this.#cancelTimer();
    if (maxStaleMs === 0 || !this.#feed.running) return;
    const again = (): void => this.#arm();
    const pauseMs = Math.max(LEAST_PAUSE_MS, maxStaleMs / 3);
    this.#cancelTimer = this.#clock.after(pauseMs, () => void this.#begin().then(again, again), true);
  }
}

/** The entry, unless its time is up. */
export function unlessExpired(row: Stored | undefined, clock: Clock): Stored | undefined {
  const expiresAt = row?.expiresAt ?? 0;
  return expiresAt !== 0 && expiresAt <= clock.now() ? undefined : row;
}

function copyOf({ key, value, version, expiresAt = 0, shape = 0 }: Stored): Stored {
  return { key, value, version, expiresAt, shape };
}

function noop(): void {
  // Whoever waits is told.
}

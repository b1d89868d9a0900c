import { deferred, type Deferred } from '../../base/deferred.ts';
import { StoreError } from '../../base/errors.ts';
import { show } from '../../base/options.ts';
import { prefixEnd } from '../../base/utf8.ts';
import type { Cell, Stored } from '../../contract/core.ts';
import type { AsyncEngine } from '../../contract/engine.ts';
import type { NearOptions } from '../../contract/map-options.ts';
import { formatBookmark, type Position } from '../../contract/position.ts';
import { accessTo } from '../watch-access.ts';
import { ChangeMaker, type AnyChange } from '../watch-change.ts';
import { ChangeSource } from '../watch-source.ts';
import { NearRows } from './near-rows.ts';
import { OwnWrites } from './own-writes.ts';

/** {@link NearOptions}, checked, with the prefix as it is stored. */
export type NearSettings = Required<{ readonly [Name in keyof NearOptions]: NonNullable<NearOptions[Name]> }>;

/** The map that is copied. */
export interface NearMap {
  readonly name: string;
  readonly engine: AsyncEngine;
  idAsync(): Promise<number>;
}

/** How many commits may wait for the copy, which takes all there is at once. */
const QUEUE_LIMIT = 100_000;
/** What the copy's changes hold: cells as they are stored. */
interface Raw {
  readonly value: Cell;
  readonly shape: number;
}

const RAW = {
  decodeKey: (text: string): string => text,
  decode: ({ value, shape = 0 }: Pick<Stored, 'value' | 'shape'>): Raw => ({ value, shape }),
  onInvalid: undefined,
};

/**
 * The entries of a near copy and what keeps them up.
 *
 * INVARIANT: of each key the rows have the newest of what the feed told and what was noted.
 */
export class NearFeed {
  /** What may be served; `undefined` before the first state is complete. */
  rows: NearRows | undefined;
  /** The version up to which the rows have everything, for each partition. */
  reached: Position = [];
  /** The number of the map in its engine. */
  mapId = 0;
  /** Why no copy can be made; `'outgrown'` when it was complete once. */
  tooLarge: StoreError | 'outgrown' | undefined;
  readonly name: string;
  readonly own: OwnWrites;
  readonly #map: NearMap;
  readonly #settings: NearSettings;
  readonly #opening: (complete: Promise<void>) => void;
  readonly #ended: () => void;
  #source: ChangeSource | undefined;
  #complete: Deferred<void> | undefined;
  /** The state that is being put together while the rows serve. */
  #next: NearRows | undefined;
  #lineage = '';
  #waiting: { readonly head: Position; readonly there: Deferred<void> }[] = [];

  /**
   * @param opening - told when it begins, with what resolves when the first state is complete
   * @param ended - told when it is over, until it is opened again
   */
  constructor(
    map: NearMap,
    settings: NearSettings,
    opening: (complete: Promise<void>) => void,
    ended: () => void,
  ) {
    const { engine } = map;
    this.name = `the near copy of map ${show(map.name)}`;
    this.#map = map;
    this.#settings = settings;
    this.#opening = opening;
    this.#ended = ended;
    this.own = new OwnWrites((key) => engine.partition?.(key) ?? 0);
  }

  /** `true`: changes come in. */
  get running(): boolean {
    return this.#source !== undefined;
  }

  /** `true`: the rows are of the history that the engine has now. */
  get current(): boolean {
    return this.#lineage === this.#map.engine.lineage;
  }

  /** Resolves when there are rows, or nothing can be done for them any more. */
  async open(): Promise<void> {
    if (this.tooLarge instanceof StoreError) throw this.tooLarge;
    if (this.#source === undefined) this.#start(await this.#map.idAsync());
    while (this.rows === undefined && this.#source !== undefined) await this.#complete?.promise;
  }

  /** Puts what is known to stand at a key, or with `undefined` that it is absent, as of a version. */
  note(key: string, version: number, row: Stored | undefined): void {
    if (version < this.own.of(key)) return;
    for (const rows of [this.rows, this.#next]) {
      if (rows === undefined || version < (rows.get(key)?.version ?? 0)) continue;
      if (row === undefined) rows.delete(key);
      else rows.set(row);
    }
    this.own.note(key, version, this.reached);
  }

  /**
   * Resolves when the feed has told of everything up to a position.
   *
   * @throws StoreError `UNAVAILABLE` when it has not within so many milliseconds
   */
  async reach(head: Position, withinMs: number): Promise<void> {
    const there = deferred<void>();
    const late = (): void =>
      there.reject(new StoreError('UNAVAILABLE', `${this.name}: heard nothing new in ${withinMs} ms`));
    const cancel = this.#map.engine.clock.after(withinMs, late, true);
    const entry = { head, there };
    this.#waiting.push(entry);
    if (this.#source !== undefined) this.#takeIn(this.#source);
    try {
      await there.promise;
    } finally {
      cancel();
      this.#waiting = this.#waiting.filter((each) => each !== entry);
    }
  }

  /** Ends the feed; whoever waits for it is told why. */
  end(reason: unknown, keepRows: boolean): void {
    this.#source?.close();
    this.#source = undefined;
    this.#next = undefined;
    if (!keepRows) {
      this.rows = undefined;
      this.own.clear();
    }
    this.#complete?.reject(reason);
    for (const { there } of this.#waiting.splice(0)) there.reject(reason);
    this.#ended();
  }

  #start(map: number): void {
    if (this.#source !== undefined) return; // somebody else was faster
    const { engine } = this.#map;
    const { prefix, onStale } = this.#settings;
    this.mapId = map;
    this.#begin();
    this.#lineage = engine.lineage;
    const source: ChangeSource = new ChangeSource(
      new ChangeMaker(RAW, false),
      { range: { start: prefix, end: prefixEnd(prefix) }, queueLimit: QUEUE_LIMIT },
      formatBookmark(engine.lineage, undefined),
      {
        ready: () => undefined,
        wake: () => this.#takeIn(source),
        failed: (error) => {
          if (this.#source === source) this.end(error, onStale === 'serve');
        },
      },
    );
    this.#source = source;
    source.begin(accessTo({ engine, ...RAW }, { map, key: undefined, prefix, previous: false }), 'current');
  }

  /** Begins a state before which nothing may be served. */
  #begin(): void {
    this.#next = new NearRows();
    this.#complete = deferred();
    this.#complete.promise.catch(() => undefined);
    this.#opening(this.#complete.promise);
  }

  #takeIn(source: ChangeSource): void {
    for (let change = source.take(); change !== undefined; change = source.take()) this.#apply(change);
    if (this.#source !== source || this.#next !== undefined) return;
    const { position } = source;
    this.reached = position;
    this.own.passed(position);
    this.#waiting = this.#waiting.filter(({ head, there }) => {
      const short = head.some((version, partition) => version > (position[partition] ?? 0));
      if (!short) there.resolve();
      return short;
    });
  }

  #apply(change: AnyChange): void {
    const rows = this.#next ?? this.rows;
    switch (change.type) {
      case 'insert':
      case 'update': {
        // SAFETY: the maker is the raw one.
        const { key, value, version, expiresAt = 0 } = change as typeof change & { key: string };
        if (version < this.own.of(key)) break;
        const { value: cell, shape } = value as Raw;
        rows?.set({ key, value: cell, version, expiresAt, shape });
        if ((rows?.size ?? 0) > this.#settings.maxEntries) this.#outgrow();
        break;
      }
      case 'delete':
      case 'expire':
        // SAFETY: the maker is the raw one.
        if (change.version >= this.own.of(change.key as string)) rows?.delete(change.key as string);
        break;
      case 'reset':
        this.#reset();
        break;
      case 'live':
        this.rows = this.#next ?? this.rows;
        this.#next = undefined;
        this.#complete?.resolve();
        break;
      case 'progress':
        break;
    }
  }

  /** The rows serve until the new state is complete, unless they are of another history. */
  #reset(): void {
    this.#next = new NearRows();
    if (this.current) return;
    this.#lineage = this.#map.engine.lineage;
    this.own.clear();
    this.rows = undefined;
    this.reached = [];
    this.#complete?.resolve(); // whoever waits looks again
    this.#begin();
  }

  #outgrow(): void {
    const { maxEntries } = this.#settings;
    const error = new StoreError('LIMIT', `${this.name}: more than maxEntries, which is ${maxEntries}`);
    this.tooLarge = this.rows === undefined ? error : 'outgrown';
    this.end(error, false);
  }
}

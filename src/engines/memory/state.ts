import type { Clock } from '../../base/clock.ts';
import { StoreError } from '../../base/errors.ts';
import type { Cell, Reply, Stored } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import type { MapFormat } from '../../contract/maps.ts';
import type { BigMap } from '../../parts/big-map.ts';
import type { Feeds } from '../../parts/feeds.ts';
import type { KeyedLocks } from '../../parts/keyed-lock.ts';
import { OrderedKeys } from '../../parts/ordered-keys.ts';
import type { Timed, TimingWheel } from '../../parts/timing-wheel.ts';
import type { Tombstones } from '../../parts/tombstones.ts';
import type { MemorySettings } from './options.ts';

/**
 * An entry in memory. Overwriting changes it in place, so that it costs no allocation; it is handed
 * out as a borrowed {@link Stored}, and copied by whoever wants to keep it. Version 0: removed.
 */
export interface Node extends Stored {
  /** `undefined` exactly when the entry has neither expiry nor stamp. */
  extra: Extra | undefined;
  value: Cell;
  version: number;
  shape: number;
  expiresAt: number;
}

/** What few entries have: a stamp, or a time at which they expire. */
export interface Extra extends Timed<Extra> {
  readonly table: Table;
  readonly node: Node;
  stamp: Stamp | undefined;
}

/** A map. */
export interface Table {
  readonly id: number;
  readonly name: string;
  format: MapFormat;
  /** `true`: something was written since it was opened or dropped, so its format is known. */
  stored: boolean;
  readonly entries: BigMap<Node>;
  /** Made by the first ordered read. */
  ordered: OrderedKeys<Node> | undefined;
}

/** A point in time that is being read. */
export interface Keeper {
  /** Keeps an entry aside that is about to change. */
  keep(table: Table, node: Node): void;
  close(): void;
}

/** All that an engine in memory is; its functions are in the files beside this one. */
export interface State {
  readonly clock: Clock;
  readonly settings: MemorySettings;
  lineage: string;
  /** The newest version that was taken. */
  version: number;
  /** How many want to see what is overwritten: views, and the history once it is kept. */
  observers: number;
  closed: boolean;
  /** By id; empty once the store was closed. */
  readonly tables: (Table | undefined)[];
  readonly names: Map<string, Table>;
  readonly wheel: TimingWheel<Extra>;
  readonly tombstones: Tombstones;
  readonly locks: KeyedLocks;
  readonly feeds: Feeds;
  readonly views: Set<Keeper>;
}

/** The fields that are read most come first, so that they mostly lie in one line of the cache. */
export function makeNode(key: string, value: Cell, version: number, expiresAt: number, shape: number): Node {
  return { extra: undefined, value, version, shape, expiresAt, key };
}

/** The map with this id. @throws StoreError `CLOSED` */
export function tableOf(state: State, map: number): Table {
  const table = state.tables[map];
  if (table === undefined) throw noTable(state, map);
  return table;
}

/** Why there is no map with this id. */
export function noTable(state: State, map: number): Error {
  return state.closed ? closedError() : new RangeError(`no map has the id ${map}`);
}

/** @throws StoreError `CLOSED` */
export function checkOpen(state: State): void {
  if (state.closed) throw closedError();
}

export function closedError(): StoreError {
  return new StoreError('CLOSED', 'the store was closed');
}

/** `true` when the time of an entry is over. */
export function expired(state: State, { expiresAt }: Node): boolean {
  return expiresAt !== 0 && expiresAt <= state.clock.now();
}

export function orderedOf(table: Table): OrderedKeys<Node> {
  return (table.ordered ??= new OrderedKeys(table.entries.values()));
}

/** Counts the observers again. */
export function countObservers(state: State): void {
  state.observers = state.views.size + (state.feeds.recording ? 1 : 0);
}

export function answer(state: State, ok: boolean, entry: Stored | undefined): Reply {
  return { ok, at: state.version, entry };
}

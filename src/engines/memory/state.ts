import type { Clock } from '../../base/clock.ts';
import { StoreError } from '../../base/errors.ts';
import type { Cell, Reply, Stored } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import type { MapFormat } from '../../contract/maps.ts';
import { BigMap } from '../../parts/big-map.ts';
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
  value: Cell;
  version: number;
  expiresAt: number;
  shape: number;
  /** `undefined` exactly when the entry has neither expiry nor stamp. */
  extra: Extra | undefined;
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

/** A {@link Reply} that is used again. */
export interface Answer extends Reply {
  ok: boolean;
  at: number;
  entry: Stored | undefined;
}

/** All that an engine in memory is; its functions are in the files beside this one. */
export interface State {
  readonly clock: Clock;
  readonly settings: MemorySettings;
  lineage: string;
  /** The newest version that was taken. */
  version: number;
  /** `true` while nobody wants to see what is overwritten: no history, no view. */
  quiet: boolean;
  closed: boolean;
  /** By id; empty once the store was closed. */
  readonly tables: (Table | undefined)[];
  readonly names: Map<string, Table>;
  readonly answer: Answer;
  readonly wheel: TimingWheel<Extra>;
  readonly tombstones: Tombstones;
  readonly locks: KeyedLocks;
  readonly feeds: Feeds;
  readonly views: Set<Keeper>;
}

export function makeNode(key: string, value: Cell, version: number, expiresAt: number, shape: number): Node {
  return { key, value, version, expiresAt, shape, extra: undefined };
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

export function orderedOf(table: Table): OrderedKeys<Node> {
  return (table.ordered ??= new OrderedKeys(table.entries.values()));
}

/** Says whether overwriting must be seen by somebody from now on. */
export function listen(state: State): void {
  state.quiet = !state.feeds.recording && state.views.size === 0;
}

export function answer(state: State, ok: boolean, entry: Stored | undefined): Answer {
  const reply = state.answer;
  reply.ok = ok;
  reply.at = state.version;
  reply.entry = entry;
  return reply;
}

import type { Clock } from '../../base/clock.ts';
import { StoreError } from '../../base/errors.ts';
import type { Cell, Reply, Stored } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import type { MapFormat } from '../../contract/maps.ts';
import type { PointInTime } from '../../contract/services.ts';
import type { BigMap } from '../../parts/big-map.ts';
import type { Feeds } from '../../parts/feeds.ts';
import type { KeyedLocks } from '../../parts/keyed-lock.ts';
import { OrderedKeys } from '../../parts/ordered-keys.ts';
import type { Timed, TimingWheel } from '../../parts/timing-wheel.ts';
import type { Tombstones } from '../../parts/tombstones.ts';
import type { MemorySettings } from './options.ts';

/** What few entries have: a stamp, or a time at which they expire. */
export interface Extra extends Timed<Extra> {
  readonly table: Table;
  readonly key: string;
  /** 0 for never. */
  expiresAt: number;
  stamp: Stamp | undefined;
}

/**
 * A map.
 *
 * INVARIANT: an entry is never changed, only replaced; whoever met one may keep it.
 */
export interface Table {
  readonly id: number;
  readonly name: string;
  format: MapFormat;
  /** `true`: something was written since it was opened or dropped, so its format is known. */
  stored: boolean;
  readonly entries: BigMap<Stored>;
  /** By key; exactly those entries that expire or have a stamp. */
  readonly extras: Map<string, Extra>;
  /** Made by the first ordered read. */
  ordered: OrderedKeys<Stored> | undefined;
}

/** All that an engine in memory is; its functions are in the files beside this one. */
export interface State {
  readonly clock: Clock;
  readonly settings: MemorySettings;
  lineage: string;
  /** The newest version that was taken. */
  version: number;
  /** `true` from the first feed on: changes are recorded. */
  recording: boolean;
  closed: boolean;
  /** By id; empty once the store was closed. */
  readonly tables: (Table | undefined)[];
  readonly names: Map<string, Table>;
  readonly wheel: TimingWheel<Extra>;
  readonly tombstones: Tombstones;
  readonly locks: KeyedLocks;
  readonly feeds: Feeds;
  readonly views: Set<PointInTime>;
}

/** Most entries neither expire nor have a shape: they are made without room for either. */
export function makeEntry(
  key: string,
  value: Cell,
  version: number,
  expiresAt: number,
  shape: number,
): Stored {
  return expiresAt === 0 && shape === 0 ? { key, value, version } : { key, value, version, expiresAt, shape };
}

/** `true` when the time of an entry is over. */
export function isOver(entry: Stored, clock: Clock): boolean {
  const { expiresAt } = entry;
  return expiresAt !== undefined && expiresAt !== 0 && expiresAt <= clock.now();
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

export function orderedOf(table: Table): OrderedKeys<Stored> {
  const { entries } = table;
  return (table.ordered ??= new OrderedKeys(entries.values(), (key) => entries.get(key)));
}

export function answer(state: State, ok: boolean, entry: Stored | undefined): Reply {
  return { ok, at: state.version, entry };
}

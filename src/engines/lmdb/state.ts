import type { Clock } from '../../base/clock.ts';
import { StoreError } from '../../base/errors.ts';
import type { Reply, Stored } from '../../contract/core.ts';
import type { MapFormat } from '../../contract/maps.ts';
import type { Feeds } from '../../parts/feeds.ts';
import type { KeyedLocks } from '../../parts/keyed-lock.ts';
import type { PrefacedFeed } from '../../parts/prefaced-feed.ts';
import type { Tombstones } from '../../parts/tombstones.ts';
import type { ChangeLog } from './change-log.ts';
import type { Environment, TreeName } from './environment.ts';
import type { GroupCommit } from './group-commit.ts';
import type { KnownKeys } from './known-keys.ts';
import type { LmdbSettings } from './options.ts';
import { decodeRow, type Row } from './row.ts';
import type { Tree } from './tree.ts';

/** A map. */
export interface Table {
  /** Its number while the store is open. */
  readonly id: number;
  readonly name: string;
  format: MapFormat;
  /** `true`: something was written since it was opened or dropped, so its format is known. */
  stored: boolean;
  /** Its number in the trees; another one once it was loaded anew. */
  storage: number;
  /** What the keys of its entries begin with. */
  prefix: string;
  /** Entries, those included that have expired and were not removed yet. */
  count: number;
  /** The version of entries that were loaded and not written since. */
  loadedAt: number;
  /** `true`: what is noted of it in the tree is not what stands here. */
  changed: boolean;
}

/** Removes entries whose time is over. */
export interface ExpiryTimer {
  /** Says that an entry ends at a time. */
  soon(expiresAt: number): void;
  /** Removes all whose time is over, at once. */
  sweep(): void;
  /** Finds out what ends first; at the beginning, and after pending writes were taken back. */
  begin(): void;
  /** Ends the timer for good. */
  stop(): void;
}

/** Work that can wait. */
export interface BackgroundWork {
  /** Pieces that were done. */
  readonly slices: number;
  /** Times that a piece was put off because the process was busy. */
  readonly putOff: number;
  /** Pieces and compactions that failed; they are tried again. */
  readonly failures: number;
  /** Compactions that it began by itself. */
  readonly compactions: number;
  /** Sees to it that there will be a look at what there is to do. */
  begin(): void;
  /** Leaves places in the trees alone that are being loaded, or no longer. */
  spare(storages: readonly number[], spared: boolean): void;
  /** `true` for a place that is being loaded. */
  spares(storage: number): boolean;
  /** Does what there is to do. */
  all(): Promise<void>;
  /** Ends it for good. */
  stop(): void;
}

/** Who reads the file as it was at some moment. */
export interface Reader {
  readonly environment: Environment;
  close(): void;
}

/** All that an engine on LMDB is; its functions are in the files beside this one. */
export interface State {
  readonly clock: Clock;
  readonly settings: LmdbSettings;
  lineage: string;
  /** The newest version that was taken. */
  version: number;
  /** Versions up to this one may be taken. */
  reserved: number;
  /** Why nothing is answered any more: closed, or poisoned. */
  fault: StoreError | undefined;
  environment: Environment;
  readonly trees: Readonly<Record<TreeName, Tree>>;
  /** By id; empty once the store was closed. */
  readonly tables: (Table | undefined)[];
  readonly names: Map<string, Table>;
  /** The highest number of a map in the trees that was given away. */
  storages: number;
  storagesChanged: boolean;
  readonly known: KnownKeys;
  readonly changes: ChangeLog;
  readonly commits: GroupCommit;
  readonly expiry: ExpiryTimer;
  readonly tombstones: Tombstones;
  /** Stamps of removed entries that could not be read. */
  damagedStones: number;
  readonly locks: KeyedLocks;
  readonly feeds: Feeds;
  readonly upkeep: BackgroundWork;
  /** Ends what reads the file as it was at some moment. */
  readonly views: Set<Reader>;
  /** Feeds that begin with changes of the tree. */
  readonly prefaced: Set<PrefacedFeed>;
  /** Resolves when no load and no compaction is under way. */
  alone: Promise<void>;
  closing: Promise<void> | undefined;
  /** Lets go of the directory. */
  readonly letGo: () => Promise<void>;
}

/** The map with this id. @throws StoreError `CLOSED` or `POISONED` */
export function tableOf(state: State, map: number): Table {
  const table = state.tables[map];
  if (table === undefined) throw noTable(state, map);
  return table;
}

/** Why there is no map with this id. */
export function noTable(state: State, map: number): Error {
  return state.fault ?? new RangeError(`no map has the id ${map}`);
}

/** @throws StoreError `CLOSED` or `POISONED` */
export function checkOpen(state: State): void {
  if (state.fault !== undefined) throw state.fault;
}

export function closedError(): StoreError {
  return new StoreError('CLOSED', 'the store was closed');
}

/** Reads an entry, expired or not. Its value is borrowed unless `copy`. */
export function read(state: State, table: Table, at: string, copy: boolean): Row | undefined {
  const { entries } = state.trees;
  const bytes = entries.get(at);
  return bytes === undefined ? undefined : decodeRow(at, bytes, entries.length, table.loadedAt, copy);
}

export function answer(state: State, ok: boolean, entry: Stored | undefined): Reply {
  return { ok, at: state.version, entry };
}

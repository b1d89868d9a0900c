import type { Clock } from '../../base/clock.ts';
import { StoreError } from '../../base/errors.ts';
import type { Reply, Stored } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import type { MapFormat } from '../../contract/maps.ts';
import type { Files } from '../../fs/files.ts';
import type { Feeds } from '../../parts/feeds.ts';
import type { KeyedLocks } from '../../parts/keyed-lock.ts';
import type { OrderedKeys } from '../../parts/ordered-keys.ts';
import type { Timed, TimingWheel } from '../../parts/timing-wheel.ts';
import type { Tombstones } from '../../parts/tombstones.ts';
import type { GroupCommit } from './group-commit.ts';
import type { KeyDirectory } from './key-directory.ts';
import type { KeyProbe } from './key-probe.ts';
import type { LogSettings } from './options.ts';
import type { PrefacedFeed } from './prefaced-feed.ts';
import type { Reserve } from './reserve.ts';
import type { Segment } from './segment.ts';

/** A key in the ordered view of its map. */
export interface OrderedItem {
  readonly key: string;
  version: number;
  expiresAt: number;
}

/** An entry that will expire. */
export interface Expiring extends Timed<Expiring> {
  readonly table: Table;
  readonly key: string;
}

/** A map. */
export interface Table {
  readonly id: number;
  readonly name: string;
  format: MapFormat;
  /** `true`: its definition is in the log. */
  stored: boolean;
  /** Entries of this version and below are gone. */
  clearedAt: number;
  directory: KeyDirectory;
  /** Where the record lies that defines it. */
  definition: { readonly segment: Segment; readonly offset: number } | undefined;
  /** Made by the first ordered read: the order, and its items by key. */
  ordered: { readonly keys: OrderedKeys<OrderedItem>; readonly items: Map<string, OrderedItem> } | undefined;
  readonly expiring: Map<string, Expiring>;
}

/** What takes back one accepted record. */
export interface Undo {
  /** `undefined` for a record that is no entry. */
  readonly table: Table | undefined;
  readonly place: number;
  readonly offset: number;
  /** The address that the key had before; place 0 for none. */
  readonly oldPlace: number;
  readonly oldOffset: number;
  /** The stamp that was remembered of the key before, where that changed. */
  readonly stamp: { readonly before: Stamp | undefined } | undefined;
  /** What else there is to do. */
  readonly also: (() => void) | undefined;
}

/** A {@link Reply} that is used again. */
interface Answer extends Reply {
  ok: boolean;
  at: number;
  entry: Stored | undefined;
}

/** All that a log is in memory; its functions are in the files beside this one. */
export interface State {
  readonly clock: Clock;
  readonly settings: LogSettings;
  readonly files: Files;
  lineage: string;
  /** The newest version that was taken. */
  version: number;
  /** Versions up to this one may be used: durably reserved. */
  reserved: number;
  /** As far as versions have been asked to be reserved. */
  reserving: number;
  /** Numbers control records, so that the newest counts. */
  sequence: number;
  /** Changes up to this version may be gone from the log. */
  floor: number;
  nextSegment: number;
  /** While the state is written that a segment begins with. */
  beginning: boolean;
  closed: boolean;
  /** Why nothing works any more, after a failed sync. */
  fault: StoreError | undefined;
  /** By id; empty once the store was closed or poisoned. */
  readonly tables: (Table | undefined)[];
  readonly names: Map<string, Table>;
  /** By place, from 1 up. */
  readonly segments: (Segment | undefined)[];
  active: Segment;
  readonly probe: KeyProbe;
  readonly answer: Answer;
  readonly wheel: TimingWheel<Expiring>;
  readonly tombstones: Tombstones;
  readonly locks: KeyedLocks;
  readonly feeds: Feeds;
  /** Feeds that begin with what lies in the segments. */
  readonly prefaced: Set<PrefacedFeed>;
  readonly commits: GroupCommit;
  readonly reserve: Reserve;
  /** `false` while the directories are being brought in line with a compaction. */
  indexed: boolean;
  /** Counts failed writes, each of which took back what was accepted. */
  takenBack: number;
  /** Told after each batch that compaction may be due. */
  onDead: () => void;
  /** What recovery found: for `stats`. */
  readonly found: { cutBytes: number; removedFiles: number };
}

/** The map with this id. @throws StoreError `CLOSED` or `POISONED` */
export function tableOf(state: State, map: number): Table {
  const table = state.tables[map];
  if (table === undefined) throw noTable(state, map);
  return table;
}

/** Why there is no map with this id. */
export function noTable(state: State, map: number): Error {
  return ended(state) ?? new RangeError(`no map has the id ${map}`);
}

/** @throws StoreError `CLOSED` or `POISONED` */
export function checkOpen(state: State): void {
  const error = ended(state);
  if (error !== undefined) throw error;
}

function ended(state: State): StoreError | undefined {
  if (state.closed) return closedError();
  return state.fault === undefined ? undefined : poisoned(state.fault);
}

export function closedError(): StoreError {
  return new StoreError('CLOSED', 'the store was closed');
}

export function poisoned(cause: StoreError): StoreError {
  return new StoreError('POISONED', `the log is uncertain since an earlier fault: ${cause.message}`, {
    cause,
  });
}

/** The segment at a place that is in use. */
export function segmentAt(state: State, place: number): Segment {
  const segment = state.segments[place];
  if (segment === undefined) throw new RangeError(`no segment at place ${place}`);
  return segment;
}

/** Gives a segment a place. */
export function addSegment(state: Pick<State, 'segments'>, segment: Segment): void {
  let place = 1;
  while (state.segments[place] !== undefined) place++;
  segment.place = place;
  state.segments[place] = segment;
}

export function answer(state: State, ok: boolean, entry: Stored | undefined): Reply {
  const reply = state.answer;
  reply.ok = ok;
  reply.at = state.version;
  reply.entry = entry;
  return reply;
}

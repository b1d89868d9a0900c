import type { AsyncGrant, Cell, LockRequest, SyncGrant } from './core.ts';
import type { MapFormat, MapInfo } from './maps.ts';
import type { Position } from './position.ts';
import type { Stamp } from './entry.ts';

/**
 * Which changes a reader wants.
 *
 * @example
 * ```ts
 * import type { Scope } from 'samemap/engine';
 * const scope: Scope = { map: 1, key: undefined, prefix: 'eu/', previous: false };
 * ```
 */
export interface Scope {
  readonly map: number;
  /** Just this key. */
  readonly key: string | undefined;
  /** Keys that start with this; `''` for all. */
  readonly prefix: string;
  /** `true`: changes that remove or replace something carry it, where the engine can. */
  readonly previous: boolean;
}

/** One change of a commit, linked to the next change of the same commit that is in scope; their order is free. */
export interface StoredChange {
  readonly kind: 'insert' | 'update' | 'delete' | 'expire' | 'evict';
  readonly map: number;
  readonly key: string;
  /** The commit's version. */
  readonly version: number;
  /** The value now; `undefined` for removals. */
  readonly value: Cell | undefined;
  readonly expiresAt: number;
  readonly shape: number;
  /** What it replaced and the shape of that; `undefined` when unknown, not asked for, or an insert. */
  readonly previous: Cell | undefined;
  readonly previousShape: number;
  readonly next: StoredChange | undefined;
}

/**
 * What a feed delivers: a whole commit (its first change), or a word about the feed itself.
 *
 * @example
 * ```ts
 * import type { FeedEvent } from 'samemap/engine';
 * const isOver = (event: FeedEvent): boolean => event.kind === 'gap';
 * ```
 */
export type FeedEvent =
  | { readonly kind: 'commit'; readonly partition: number; readonly first: StoredChange }
  /** Everything in scope up to here has been delivered. */
  | { readonly kind: 'progress'; readonly position: Position }
  /** What comes next is lost (overrun, compacted, another lineage): the reader must catch up. The feed is over. */
  | { readonly kind: 'gap' };

/**
 * A reader of changes: pulled, ordered by version within a partition, never splitting a commit,
 * holding back what is not durable yet. Events may be objects that are used again; changes, and the cells in
 * them, are not, for they may be kept. A feed that cannot keep all that waits gives `gap`; it is bounded, and
 * drops nothing in silence.
 *
 * @example
 * ```ts
 * import type { Feed } from 'samemap/engine';
 * const wait = (feed: Feed): Promise<void> => new Promise((resolve) => feed.onReady(resolve));
 * ```
 */
export interface Feed {
  /**
   * Where the feed begins: everything after it will be delivered. Rejects when the engine cannot
   * begin. A feed made with `'now'` misses nothing that is accepted after `changes` returned. A position that
   * cannot be resumed from begins all the same, and `gap` is the first event.
   */
  readonly begin: Promise<Position>;
  /**
   * The next event that is ready; `undefined` when there is none now. On an engine that answers at once
   * everything in scope that is durable has then been delivered. On one that answers later a feed that
   * is behind an answer of `position()` gives commits or `progress` up to there without further writes.
   */
  take(): FeedEvent | undefined;
  /** Calls `wake` once, in a later turn of the microtask queue or event loop, when `take` may have something. */
  onReady(wake: () => void): void;
  /** How many commits wait, at least. */
  readonly lag: number;
  /** Ends the feed: nothing is taken or woken any more. Idempotent. */
  close(): void;
}

/**
 * An entry on its way into a snapshot or out of one.
 *
 * @example
 * ```ts
 * import type { Loaded } from 'samemap/engine';
 * const entry: Loaded = { key: 'a', value: 7, version: 3, expiresAt: 0, shape: 0, stamp: undefined };
 * ```
 */
export interface Loaded {
  readonly key: string;
  readonly value: Cell;
  readonly version: number;
  readonly expiresAt: number;
  readonly shape: number;
  readonly stamp: Stamp | undefined;
}

/**
 * A piece of a snapshot: entries, or records as they lie in a log (docs/formats/snapshot.md).
 *
 * @example
 * ```ts
 * import { type Block, entriesOf } from 'samemap/engine';
 * const keysOf = (block: Block): string[] => Array.from(entriesOf(block), ({ key }) => key);
 * ```
 */
export type Block = EntryBlock | RecordBlock;

/**
 * Entries of one map.
 *
 * @example
 * ```ts
 * import type { EntryBlock } from 'samemap/engine';
 * const block: EntryBlock = { kind: 'entries', map: 1, entries: [] };
 * ```
 */
export interface EntryBlock {
  readonly kind: 'entries';
  readonly map: number;
  readonly entries: readonly Loaded[];
}

/**
 * Whole records, one after the other, each of them a `set`; of {@link MAX_BLOCK_BYTES} at most, unless
 * it is a single one. Their map ids and versions are relative to
 * the bases, so that a block can be given other ids and versions without touching a record.
 */
export interface RecordBlock {
  readonly kind: 'records';
  /** The number of records, from 1 up. */
  readonly count: number;
  /** Added to the map id of each record. */
  readonly mapBase: number;
  /** Added to the version of each record. */
  readonly versionBase: number;
  /** Borrowed: valid until the next block is asked for. */
  readonly bytes: Uint8Array;
  /** The CRC-32 of the bytes, where it is known. */
  readonly sum?: number | undefined;
}

/** All entries of some maps as they stood at one moment, while writers go on. */
export interface PointInTime {
  /** The moment: the version reached, for each partition. */
  readonly position: Position;
  readonly maps: readonly MapInfo[];
  /** Each entry that had not expired at that moment once, in any order. Read at most once. */
  blocks(): AsyncIterable<Block>;
  /** Must be called; lets go of what the view holds back. Idempotent. */
  close(): void;
}

/** What to load: maps by name, entries numbered by the ids in `maps`. */
export interface LoadRequest {
  readonly maps: readonly (MapFormat & {
    /** The number used by the blocks, not the store's. */
    readonly id: number;
    readonly name: string;
    /** How much will come, of entries and of bytes of records, where that is known: for making room. */
    readonly expected?: { readonly entries: number; readonly bytes: number } | undefined;
  })[];
  /** Verified before: a fault while reading means a fault of the disk, not of the content. */
  readonly blocks: AsyncIterable<Block>;
  /** Empty the named maps first; the face has checked that they are empty otherwise. */
  readonly replace: boolean;
}

/**
 * Who holds a lock.
 *
 * @example
 * ```ts
 * import type { LockInfo } from 'samemap';
 * const line = ({ map, key, label, ageMs, waiters }: LockInfo): string =>
 *   `${map}/${key}: ${label ?? 'no label'} for ${ageMs} ms, ${waiters} wait`;
 * ```
 */
export interface LockInfo {
  /** Name of the map. */
  readonly map: string;
  /** The key as it is stored. */
  readonly key: string;
  readonly fence: number;
  /** What the holder called itself. */
  readonly label: string | undefined;
  /** How long it has been held, in milliseconds. */
  readonly ageMs: number;
  /** How many wait for it, as far as this process knows. */
  readonly waiters: number;
}

/** What `inspect` of an engine tells. */
export interface EngineInspection {
  readonly locks: readonly LockInfo[];
  /** Numbers about queues and histories, by name. */
  readonly gauges: Readonly<Record<string, number>>;
}

/**
 * How far long work is.
 *
 * @example
 * ```ts
 * import { open, type Progressed } from 'samemap';
 * const tell = ({ done, total, unit }: Progressed) => console.log(`${done} of ${total} ${unit}`);
 * const store = await open('memory:');
 * await store.map('users').compact(tell);
 * await store.close();
 * ```
 */
export interface Progressed {
  /** From 0 to `total`. */
  readonly done: number;
  readonly total: number;
  /** What is counted. */
  readonly unit: 'entries' | 'bytes';
}

/** How a lock is waited for. */
export interface LockWait extends LockRequest {
  /** In milliseconds; `Infinity` is allowed. */
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * What an engine offers besides its core.
 *
 * @example
 * ```ts
 * import { memoryEngine } from 'samemap';
 * import type { Services } from 'samemap/engine';
 * const services: Services = memoryEngine();
 * console.log(await services.position()); // [0]
 * await services.close();
 * ```
 */
export interface Services {
  /**
   * Resolves when all that was accepted up to this version is durable; rejects for exactly those whose
   * write failed (`FULL`, `IO`: taken back) or is uncertain (`UNKNOWN_OUTCOME`). `undefined` on engines
   * whose answers already are as durable as they get.
   */
  readonly durable: ((upTo: number) => Promise<void>) | undefined;
  /** The position of the newest durable commit. */
  position(): Promise<Position>;
  /** Begins a feed, at once. `'now'`: after the newest accepted commit. */
  changes(scope: Scope, from: Position | 'now'): Feed;
  /**
   * Takes a lock, waiting in line at the engine's own reach: first come, first served, and never free while
   * somebody waits.
   *
   * @throws StoreError `TIMEOUT` naming the holder's label and age; `signal.reason` on abort
   */
  lock(map: number, key: string, wait: LockWait): Promise<SyncGrant | AsyncGrant>;
  /** A point in time over these maps; all maps with a stored format when `undefined`. */
  view(maps: readonly number[] | undefined): Promise<PointInTime>;
  /**
   * Loads in bulk under new versions and begins a new lineage, so that every feed gets `gap`; the count of
   * entries. All or nothing. Expiry, shape and stamp of entries stay; what has expired is left out.
   *
   * @throws StoreError `CONFLICT` when a map is not empty by the time it is put in place, and `replace` false
   */
  load(request: LoadRequest): Promise<number>;
  /** Gives back the space of what is dead; writers go on. */
  compact(onProgress: (progress: Progressed) => void): Promise<void>;
  /** Who holds which lock, and numbers about queues and histories. */
  inspect(): Promise<EngineInspection>;
  /** Sizes and counts, by name; names end in their unit. */
  stats(): Promise<Readonly<Record<string, number>>>;
  /**
   * Makes durable what was accepted and ends everything; idempotent. Feeds end and wake who waits, waiting
   * locks reject with `CLOSED`, held ones are lost. Every word after it is `CLOSED`.
   */
  close(): Promise<void>;
}

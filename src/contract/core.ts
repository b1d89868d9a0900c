import type { Condition } from './condition.ts';
import type { Stamp } from './entry.ts';

/**
 * A value as an engine holds it: bytes, or a number that `add` can work on. Engines that say
 * `supports.values: 'any'` are handed references, too, and never look inside.
 *
 * @example
 * ```ts
 * import type { Cell } from 'samemap/engine';
 * const cells: Cell[] = [new Uint8Array([1, 2]), 7];
 * ```
 */
export type Cell = Uint8Array | number | Reference;

declare const reference: unique symbol;
/** A live value of the caller; opaque to engines. */
export interface Reference {
  readonly [reference]: never;
}

/**
 * An entry as an engine holds it. Borrowed from a core that answers at once: valid until the next call of the
 * same core. On an engine that takes references it is never changed, and where it has nothing but key, value
 * and version, users are handed the very object.
 *
 * @example
 * ```ts
 * import type { Stored } from 'samemap/engine';
 * const entry: Stored = { key: 'a', value: 7, version: 3, expiresAt: 0, shape: 0 };
 * ```
 */
export interface Stored {
  readonly key: string;
  readonly value: Cell;
  readonly version: number;
  /** Milliseconds since the epoch; 0 or missing for never. */
  readonly expiresAt?: number;
  /** The shape number the value was written with; missing for 0. */
  readonly shape?: number;
}

/**
 * `expiresAt` of a write that keeps the current entry's expiry (never, where there is none).
 *
 * @example
 * ```ts
 * import { KEEP_EXPIRY } from 'samemap/engine';
 * const endOf = (asked: number, now = 0): number => (asked === KEEP_EXPIRY ? now : asked);
 * ```
 */
export const KEEP_EXPIRY = -1;

/**
 * What a core answers. A synchronous core may answer with one object that it uses again: read it
 * before the next call. An asynchronous one answers with an object for each call.
 */
export interface Reply {
  /** Found, written, removed; `false` for a miss or a refusal. */
  readonly ok: boolean;
  /** The version at which the answer was true: the commit's own for what was carried out. */
  readonly at: number;
  /** What was found or now stands; what was removed; what stands instead. */
  readonly entry: Stored | undefined;
}

/** Answer of a read of several keys. */
export interface ManyReply {
  /** The version at which all of it was true; with several partitions, the highest of theirs. */
  readonly at: number;
  /** In the order of the keys; `undefined` for a miss. */
  readonly entries: readonly (Stored | undefined)[];
}

/** Answer of an ordered read: entries of one version, ascending or descending. */
export interface PageReply {
  /** The version at which it was true. */
  readonly at: number;
  readonly entries: readonly Stored[];
  /** `true`: the range goes on behind the last entry. */
  readonly more: boolean;
}

/** Answer of `count` and `clear`. */
export interface CountReply {
  /** The version at which the count was true; of a clear that removed something, its own. */
  readonly at: number;
  readonly count: number;
}

/**
 * Something that must hold for an atomic commit to be carried out.
 *
 * @example
 * ```ts
 * import type { Guard } from 'samemap/engine';
 * const absent: Guard = { kind: 'version', map: 1, key: 'a', version: 0 };
 * ```
 */
export type Guard = VersionGuard | FenceGuard;

/** The key stands at this version; 0: it is absent. An expired entry is absent, and removed first. */
export interface VersionGuard {
  readonly kind: 'version';
  readonly map: number;
  readonly key: string;
  readonly version: number;
}

/** The lock with this fence is still held. `release`: the commit, once accepted, lets it go. */
export interface FenceGuard {
  readonly kind: 'fence';
  readonly map: number;
  readonly key: string;
  readonly fence: number;
  readonly release: boolean;
}

/**
 * One write of an atomic commit; the meaning of the fields is that of {@link SyncCore.write}.
 *
 * @example
 * ```ts
 * import { ANY, type Operation } from 'samemap/engine';
 * const set: Operation = {
 *   map: 1,
 *   key: 'a',
 *   cell: 7,
 *   condition: ANY,
 *   ifVersion: 0,
 *   expiresAt: 0,
 *   stamp: undefined,
 *   shape: 0,
 * };
 * ```
 */
export interface Operation {
  readonly map: number;
  readonly key: string;
  readonly cell: Cell | undefined;
  readonly condition: Condition;
  readonly ifVersion: number;
  readonly expiresAt: number;
  readonly stamp: Stamp | undefined;
  readonly shape: number;
}

/** Answer of an atomic commit. */
export interface CommitReply {
  readonly ok: boolean;
  /** Version of the commit, or, for a refusal or a commit without operations, the one at which it was true. */
  readonly at: number;
  /** What did not hold: an index into the guards, then the operations; -1 when `ok`. */
  readonly failed: number;
  /** What stands at the key that failed. */
  readonly current: Stored | undefined;
}

/** Who asks for a lock and how long others wait after its death. */
export interface LockRequest {
  /** Shown to those who wait and by `inspect`. */
  readonly label: string | undefined;
  /** How long others wait after the holder died, in milliseconds. */
  readonly leaseMs: number;
}

/** A lock that is held. Ownership is this object, never a thread or process. */
export interface SyncGrant {
  /** A version, higher than that of any earlier holder of the key. */
  readonly fence: number;
  /** The fault by which it was lost; `undefined` while it is held. */
  lost(): Error | undefined;
  /** Calls `listener` once when the lock is lost, at once if it is; not when it is let go. */
  onLost(listener: (reason: Error) => void): void;
  /** Lets go; doing it again, or after the loss, does nothing. */
  release(): void;
}

/** {@link SyncGrant} of an engine that answers later. */
export interface AsyncGrant extends Omit<SyncGrant, 'release'> {
  release(): Promise<void>;
}

/**
 * Reads and conditional writes, answered at once. A write is visible when it returns ("accepted");
 * `durable` of the services tells when it is on disk. Throws `StoreError` for faults, never for
 * a condition that does not hold. Nothing is changed by a call that throws. Words are called as methods
 * of their core. Expired entries are absent to every word.
 *
 * @example
 * ```ts
 * import { memoryEngine } from 'samemap';
 * import { ANY, type SyncCore } from 'samemap/engine';
 * const { core, maps }: { core: SyncCore; maps: ReturnType<typeof memoryEngine>['maps'] } = memoryEngine();
 * const { id } = maps.open('m', { codec: 'structured', shape: 0, references: false });
 * console.log(core.write(id, 'a', 7, ANY, 0, 0, undefined, 0).ok); // true
 * ```
 */
export interface SyncCore {
  /** Reads an entry. */
  get(map: number, key: string): Reply;
  /** Reads several keys, which may repeat, at one version per partition. */
  getMany(map: number, keys: readonly string[]): ManyReply;
  /**
   * The one write.
   *
   * An expired entry in the way is first removed in a commit of its own, so that watchers see the
   * expiry. A delete without an entry to remove is `ok: false`, except under NEWER, where it takes a version
   * and leaves its stamp behind. Any other write forgets the entry's stamp, and so does a removal; only
   * removals under NEWER and expiries leave it behind, for as long as the engine's options say. A write under
   * any condition forgets the stamp that was left behind.
   *
   * @param cell - the value; `undefined` deletes
   * @param condition - which condition decides
   * @param ifVersion - for VERSION; 0 means absent
   * @param expiresAt - milliseconds since the epoch, 0 for never, or {@link KEEP_EXPIRY}
   * @param stamp - for NEWER; kept with the entry
   * @param shape - stored with the value
   */
  write(
    map: number,
    key: string,
    cell: Cell | undefined,
    condition: Condition,
    ifVersion: number,
    expiresAt: number,
    stamp: Stamp | undefined,
    shape: number,
  ): Reply;
  /**
   * Adds to a number, exactly. Absent counts as 0 and gets `expiresAt`; present keeps its expiry.
   * `ok: false`, nothing changed: the entry is no safe integer, or the sum would be none.
   */
  add(map: number, key: string, delta: number, expiresAt: number, shape: number): Reply;
  /**
   * Several writes, all or nothing, under one version; each key at most once, all keys in one partition.
   * Guards are checked first, then the conditions of the operations. A delete of what is absent is carried
   * out and no change. Locks are let go last.
   */
  commit(guards: readonly Guard[], operations: readonly Operation[]): CommitReply;
  /**
   * An ordered range, by the UTF-8 bytes of the key; stateless: go on behind the last key.
   *
   * @param start - inclusive; `''` for the beginning
   * @param end - exclusive; `undefined` for the end
   * @param limit - 1 to 1,000
   * @param reverse - from the end backwards
   */
  page(map: number, start: string, end: string | undefined, limit: number, reverse: boolean): PageReply;
  /** How many entries a range has. */
  count(map: number, start: string, end: string | undefined): CountReply;
  /**
   * Removes a range in one commit per partition, and none when there is nothing; the count of what was removed,
   * without those that had expired.
   */
  clear(map: number, start: string, end: string | undefined): CountReply;
  /** Takes the lock if it is free; `undefined` if not. */
  tryLock(map: number, key: string, request: LockRequest): SyncGrant | undefined;
  /**
   * Takes `n` fresh numbers (1 or more) from the version counter and returns the first. A face asks for one; where others
   * move the counter, more may be `UNSUPPORTED`.
   */
  reserve(n: number): number;
}

/**
 * {@link SyncCore} in its second form: the same words, answered later.
 *
 * @example
 * ```ts
 * import type { AsyncCore } from 'samemap/engine';
 * const has = async (core: AsyncCore, map: number, key: string): Promise<boolean> => (await core.get(map, key)).ok;
 * ```
 */
export type AsyncCore = {
  readonly [Word in Exclude<keyof SyncCore, 'tryLock'>]: (
    ...parameters: Parameters<SyncCore[Word]>
  ) => Promise<ReturnType<SyncCore[Word]>>;
} & {
  tryLock(map: number, key: string, request: LockRequest): Promise<AsyncGrant | undefined>;
};

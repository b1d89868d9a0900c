import type {
  CallOptions,
  ConditionalDelete,
  ConditionalSet,
  Range,
  ReadOptions,
  SetOptions,
  Span,
  Ttl,
} from '../contract/calls.ts';
import type { DeleteOutcome, Entry, Outcome } from '../contract/entry.ts';
import type { Lock, LockOptions } from '../contract/lock.ts';
import type { Progressed } from '../contract/services.ts';
import type { RestoreOptions, SnapshotSource } from '../contract/snapshot.ts';
import type { SetItem } from '../contract/sync-map.ts';
import type { Locks, VersionedMap } from '../contract/versioned-map.ts';
import type { Follow, View, ViewOptions, Watch, WatchOptions } from '../contract/watch.ts';
import { checkDelta, checkFunction, checkTouch } from './arguments.ts';
import { CALL_OPTIONS, checkCall, READ_OPTIONS } from './call-limits.ts';
import { deleteRule, setRule } from './conditions.ts';
import { registerContext } from './context.ts';
import { pickEntry, pickKey, pickPair, pickValue } from './cursor.ts';
import type { Pick } from './cursor.ts';
import { createFollow } from './follow.ts';
import { createView } from './live-view.ts';
import { loadOnce } from './loads.ts';
import type { Load } from './loads.ts';
import { takeLater, tryTake } from './locks/async-lock.ts';
import { holdWhile, takeAll } from './locks/many-locks.ts';
import { lockPlan } from './locks/options.ts';
import { dropMap, whenDurable } from './map-care.ts';
import type { HandleContext } from './map-context.ts';
import { AsyncPages } from './pages.ts';
import { runAsync, runQueued } from './phrases/drivers.ts';
import { insert, swap, take, touch } from './phrases/inserts.ts';
import { deleteStep, encodeKeys, prepareDeletes, prepareSets, putStep } from './phrases/many.ts';
import { encode } from './phrases/phrase.ts';
import type { Phrase } from './phrases/phrase.ts';
import * as reads from './phrases/reads.ts';
import { runMany } from './phrases/run-many.ts';
import { add, update } from './phrases/update.ts';
import type { Change } from './phrases/update.ts';
import { discard, remove, set } from './phrases/writes.ts';
import { rangeOf, spanOf } from './ranges.ts';
import { BEHIND, type Near } from './remote/remote.ts';
import { restoreMap } from './restore.ts';
import { snapshotMap } from './snapshot.ts';
import { SyncFace } from './sync-face.ts';
import { SyncTeller } from './tracing/sync-teller.ts';
import { createWatch } from './watch.ts';
import { checkDefined } from './value-coder.ts';

type AnyEntry = Entry<unknown, unknown>;
/** What a call takes that inserts. */
export type TtlOptions = CallOptions & { readonly ttlMs?: Ttl | undefined };
const TTL_OPTIONS = [...CALL_OPTIONS, 'ttlMs'];

/**
 * The face that every engine has. What the sync face answers without more than a wait for the disk is
 * handed to it; the rest are phrases.
 */
export class AsyncFace implements VersionedMap<unknown, unknown, unknown> {
  readonly name: string;
  readonly sync: SyncFace | undefined;
  readonly #context: HandleContext;
  /** What this one hands its calls to: a sync face that tells nothing, where it never has to wait. */
  readonly #now: SyncFace | undefined;
  /** {@link #now} where it can write as this one does: it cannot wait for a validator. */
  readonly #writer: SyncFace | undefined;
  readonly #near: Near | undefined;
  /** Waits for what the sync face wrote; `undefined` where that is as durable as it gets. */
  readonly #durable: ((upTo: number) => Promise<void>) | undefined;

  constructor(context: HandleContext) {
    const { engine } = context;
    this.name = context.name;
    this.#context = context;
    if (engine.form === 'sync') {
      const silent = new SyncFace(context, engine.core);
      this.sync = new SyncFace(context, engine.core, new SyncTeller(context, silent));
      this.#now = engine.retry === undefined ? silent : undefined;
    }
    this.#writer = context.validates ? undefined : this.#now;
    this.#near = context.remote?.near;
    this.#durable = engine.durable;
    registerContext(this, context);
  }

  async get(key: unknown, options?: ReadOptions): Promise<unknown> {
    if (options === undefined && this.#now !== undefined) return this.#now.get(key);
    if (options === undefined && this.#near !== undefined) {
      const found = this.#near.peek(this.#context.encodeKey(key));
      if (found !== BEHIND) return found && this.#context.decode(found);
    }
    return await this.#read('get', options, reads.value(this.#context, this.#context.encodeKey(key)));
  }

  async entry(key: unknown, options?: ReadOptions): Promise<AnyEntry | undefined> {
    if (options === undefined && this.#now !== undefined) return this.#now.entry(key);
    return await this.#read('entry', options, reads.entry(this.#context, this.#context.encodeKey(key)));
  }

  async has(key: unknown, options?: ReadOptions): Promise<boolean> {
    if (options === undefined && this.#now !== undefined) return this.#now.has(key);
    return await this.#read('has', options, reads.has(this.#context.encodeKey(key)));
  }

  async getMany(keys: Iterable<unknown>, options?: ReadOptions): Promise<unknown[]> {
    const texts = encodeKeys(this.#context, 'getMany', keys);
    return await this.#read('getMany', options, reads.many(this.#context, texts));
  }

  list(range?: Range<unknown> & ReadOptions): AsyncIterableIterator<AnyEntry> {
    return this.#pages('list', range, pickEntry);
  }

  keys(range?: Range<unknown> & ReadOptions): AsyncIterableIterator<unknown> {
    return this.#pages('keys', range, pickKey);
  }

  values(range?: Range<unknown> & ReadOptions): AsyncIterableIterator<unknown> {
    return this.#pages('values', range, pickValue);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<readonly [unknown, unknown]> {
    return this.#pages('iteration', undefined, pickPair);
  }

  async count(range?: Span<unknown> & ReadOptions): Promise<number> {
    const bounds = spanOf(this.#context, 'count', range, READ_OPTIONS);
    const core = this.#context.remote?.reading(range);
    return await runAsync(this.#context, 'count', reads.count(bounds), range, core);
  }

  set(key: unknown, value: unknown, options?: SetOptions): Promise<AnyEntry>;
  set(key: unknown, value: unknown, condition: ConditionalSet<unknown>): Promise<Outcome<unknown, unknown>>;
  async set(
    key: unknown,
    value: unknown,
    options?: SetOptions | ConditionalSet<unknown>,
  ): Promise<AnyEntry | Outcome<unknown, unknown>> {
    if (options === undefined && this.#writer !== undefined) {
      const entry = this.#writer.set(key, value);
      if (this.#durable !== undefined) await this.#durable(entry.version);
      return entry;
    }
    const rule = setRule('set', options, true);
    const text = this.#context.encodeKey(key);
    const outcome = await this.#run('set', options, set(this.#context, text, value, rule));
    // A write without a condition is never refused.
    return rule.conditional || !outcome.ok ? outcome : outcome.entry;
  }

  delete(key: unknown, options?: CallOptions): Promise<boolean>;
  delete(key: unknown, condition: ConditionalDelete<unknown>): Promise<DeleteOutcome<unknown, unknown>>;
  async delete(
    key: unknown,
    options?: CallOptions | ConditionalDelete<unknown>,
  ): Promise<boolean | DeleteOutcome<unknown, unknown>> {
    if (options === undefined && this.#now !== undefined && this.#durable === undefined) {
      return this.#now.delete(key);
    }
    const rule = deleteRule('delete', options);
    const text = this.#context.encodeKey(key);
    if (!rule.conditional) return await this.#run('delete', options, discard(this.#context, text));
    return await this.#run('delete', options, remove(this.#context, text, rule));
  }

  async take(key: unknown, options?: CallOptions): Promise<AnyEntry | undefined> {
    checkCall('take', options);
    return await this.#run('take', options, take(this.#context, this.#context.encodeKey(key)));
  }

  async getOrInsert(key: unknown, value: unknown, options?: TtlOptions): Promise<unknown> {
    checkCall('getOrInsert', options, TTL_OPTIONS);
    checkDefined(this.name, value);
    const text = this.#context.encodeKey(key);
    const phrase = insert(this.#context, text, () => encode(this.#context, value), options?.ttlMs);
    return this.#context.decode(await this.#run('getOrInsert', options, phrase));
  }

  async getOrInsertComputed(key: unknown, load: Load, options?: TtlOptions): Promise<unknown> {
    checkCall('getOrInsertComputed', options, TTL_OPTIONS);
    checkFunction('getOrInsertComputed', load);
    const text = this.#context.encodeKey(key);
    if (options?.signal?.aborted) throw options.signal.reason;
    const found = this.#now?.get(key);
    return found === undefined ? await loadOnce(this.#context, key, text, load, options) : found;
  }

  async swap(key: unknown, value: unknown, options?: TtlOptions): Promise<AnyEntry | undefined> {
    checkCall('swap', options, TTL_OPTIONS);
    const text = this.#context.encodeKey(key);
    return await runQueued(
      this.#context,
      'swap',
      text,
      swap(this.#context, text, value, options?.ttlMs),
      options,
    );
  }

  async update(key: unknown, change: Change, options?: CallOptions): Promise<AnyEntry | undefined> {
    checkCall('update', options);
    checkFunction('update', change);
    const text = this.#context.encodeKey(key);
    return await runQueued(this.#context, 'update', text, update(this.#context, text, change), options);
  }

  async add(key: unknown, delta: number, options?: CallOptions): Promise<number> {
    const context = this.#context;
    if (options === undefined && this.#writer !== undefined && this.#durable === undefined) {
      return this.#writer.add(key, delta);
    }
    checkCall('add', options);
    checkDelta(delta);
    const text = context.encodeKey(key);
    if (context.addsNatively) return await this.#run('add', options, add(context, text, delta));
    return await runQueued(context, 'add', text, add(context, text, delta), options);
  }

  async touch(key: unknown, ttl: number | 'never', options?: CallOptions): Promise<AnyEntry | undefined> {
    checkCall('touch', options);
    checkTouch(ttl);
    const text = this.#context.encodeKey(key);
    return await runQueued(this.#context, 'touch', text, touch(this.#context, text, ttl), options);
  }

  async setMany(
    items: Iterable<SetItem<unknown, unknown, unknown>>,
    options?: CallOptions,
  ): Promise<Outcome<unknown, unknown>[]> {
    checkCall('setMany', options);
    const context = this.#context;
    return await runMany(context, 'setMany', prepareSets(context, items), putStep, options);
  }

  async deleteMany(
    keys: Iterable<unknown>,
    options?: CallOptions,
  ): Promise<DeleteOutcome<unknown, unknown>[]> {
    checkCall('deleteMany', options);
    const context = this.#context;
    return await runMany(context, 'deleteMany', prepareDeletes(context, keys), deleteStep, options);
  }

  async clear(range?: Span<unknown> & CallOptions): Promise<number> {
    const bounds = spanOf(this.#context, 'clear', range, CALL_OPTIONS);
    return await this.#run('clear', range, reads.clear(bounds));
  }

  async lock(key: unknown, options?: LockOptions<unknown>): Promise<Lock<unknown, unknown, unknown>> {
    return await takeLater(this.#context, key, lockPlan('lock', options));
  }

  async tryLock(
    key: unknown,
    options?: LockOptions<unknown>,
  ): Promise<Lock<unknown, unknown, unknown> | undefined> {
    return await tryTake(this.#context, key, lockPlan('tryLock', options, 0));
  }

  async lockMany(
    keys: Iterable<unknown>,
    options?: LockOptions<unknown>,
  ): Promise<Locks<unknown, unknown, unknown>> {
    return await takeAll(this.#context, keys, lockPlan('lockMany', options));
  }

  async withLock<Result>(
    key: unknown,
    work: (lock: Lock<unknown, unknown, unknown>) => Result | Promise<Result>,
    options?: LockOptions<unknown>,
  ): Promise<Result> {
    checkFunction('withLock', work);
    return await holdWhile(await this.lock(key, options), work);
  }

  watch(options?: WatchOptions<unknown>): Watch<unknown, unknown> {
    return createWatch(this.#context, options);
  }

  follow(key: unknown, options?: { readonly signal?: AbortSignal | undefined }): Follow<unknown> {
    return createFollow(this.#context, key, options);
  }

  view(options?: ViewOptions<unknown>): Promise<View<unknown, unknown>> {
    return createView(this.#context, options);
  }

  async nextKey(options?: CallOptions): Promise<string> {
    checkCall('nextKey', options);
    return await this.#run('nextKey', options, reads.freshKey());
  }

  snapshot(options?: CallOptions): ReadableStream<Uint8Array> {
    return snapshotMap(this.#context, options);
  }

  async restore(source: SnapshotSource, options?: RestoreOptions): Promise<number> {
    return await restoreMap(this.#context, source, options);
  }

  async compact(onProgress?: (progress: Progressed) => void): Promise<void> {
    if (onProgress !== undefined) checkFunction('compact', onProgress);
    this.#context.checkOpen();
    await this.#context.engine.compact(onProgress ?? (() => undefined));
  }

  async stats(): Promise<Readonly<Record<string, number>>> {
    this.#context.checkOpen();
    return await this.#context.engine.stats();
  }

  async durable(options?: CallOptions): Promise<void> {
    checkCall('durable', options);
    await whenDurable(this.#context, options);
  }

  async drop(): Promise<void> {
    await dropMap(this.#context);
  }

  async close(): Promise<void> {
    this.#context.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #pages<T>(
    what: string,
    range: (Range<unknown> & ReadOptions) | undefined,
    pick: Pick<T>,
  ): AsyncIterableIterator<T> {
    const bounds = rangeOf(this.#context, what, range, READ_OPTIONS);
    return new AsyncPages(this.#context, what, bounds, pick, range);
  }

  async #read<T>(what: string, options: ReadOptions | undefined, phrase: Phrase<T>): Promise<T> {
    checkCall(what, options, READ_OPTIONS);
    const core = this.#context.remote?.reading(options);
    return await runAsync(this.#context, what, phrase, options, core);
  }

  #run<T>(what: string, options: CallOptions | undefined, phrase: Phrase<T>): Promise<T> {
    return runAsync(this.#context, what, phrase, options);
  }
}

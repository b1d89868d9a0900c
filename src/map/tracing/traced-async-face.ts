import type {
  CallOptions,
  ConditionalDelete,
  ConditionalSet,
  ReadOptions,
  SetOptions,
  Span,
} from '../../contract/calls.ts';
import type { DeleteOutcome, Entry, Outcome } from '../../contract/entry.ts';
import type { Lock, LockOptions } from '../../contract/lock.ts';
import type { Progressed } from '../../contract/services.ts';
import type { RestoreOptions, SnapshotSource } from '../../contract/snapshot.ts';
import type { SetItem } from '../../contract/sync-map.ts';
import type { Locks } from '../../contract/versioned-map.ts';
import type { View, ViewOptions } from '../../contract/watch.ts';
import { AsyncFace } from '../async-face.ts';
import type { TtlOptions } from '../async-face.ts';
import type { Load } from '../loads.ts';
import type { HandleContext } from '../map-context.ts';
import type { Change } from '../phrases/update.ts';
import * as say from './answers.ts';
import { listened, tellLater } from './channel.ts';
import type { Answer } from './channel.ts';

type AnyEntry = Entry<unknown, unknown>;
type AnyLock = Lock<unknown, unknown, unknown>;

/** The async face as it is handed out: tells of each word while somebody listens. */
export class TracedAsyncFace extends AsyncFace {
  readonly #engine: string;

  constructor(context: HandleContext) {
    super(context);
    this.#engine = context.engine.supports.engine;
  }

  override get(key: unknown, options?: ReadOptions): Promise<unknown> {
    return listened()
      ? this.#tell('get', key, say.found, () => super.get(key, options))
      : super.get(key, options);
  }

  override entry(key: unknown, options?: ReadOptions): Promise<AnyEntry | undefined> {
    return listened()
      ? this.#tell('entry', key, say.entryFound, () => super.entry(key, options))
      : super.entry(key, options);
  }

  override has(key: unknown, options?: ReadOptions): Promise<boolean> {
    return listened()
      ? this.#tell('has', key, say.found, () => super.has(key, options))
      : super.has(key, options);
  }

  override getMany(keys: Iterable<unknown>, options?: ReadOptions): Promise<unknown[]> {
    return listened()
      ? this.#tell('getMany', undefined, say.listed, () => super.getMany(keys, options))
      : super.getMany(keys, options);
  }

  override count(range?: Span<unknown> & ReadOptions): Promise<number> {
    return listened()
      ? this.#tell('count', undefined, say.counted, () => super.count(range))
      : super.count(range);
  }

  override set(key: unknown, value: unknown, options?: SetOptions): Promise<AnyEntry>;
  override set(
    key: unknown,
    value: unknown,
    condition: ConditionalSet<unknown>,
  ): Promise<Outcome<unknown, unknown>>;
  override set(
    key: unknown,
    value: unknown,
    options?: SetOptions | ConditionalSet<unknown>,
  ): Promise<AnyEntry | Outcome<unknown, unknown>> {
    // SAFETY: the one word behind both overloads.
    const given = options as ConditionalSet<unknown>;
    return listened()
      ? this.#tell('set', key, say.written, () => super.set(key, value, given))
      : super.set(key, value, given);
  }

  override delete(key: unknown, options?: CallOptions): Promise<boolean>;
  override delete(
    key: unknown,
    condition: ConditionalDelete<unknown>,
  ): Promise<DeleteOutcome<unknown, unknown>>;
  override delete(
    key: unknown,
    options?: CallOptions | ConditionalDelete<unknown>,
  ): Promise<boolean | DeleteOutcome<unknown, unknown>> {
    // SAFETY: the one word behind both overloads.
    const given = options as ConditionalDelete<unknown>;
    return listened()
      ? this.#tell('delete', key, say.removed, () => super.delete(key, given))
      : super.delete(key, given);
  }

  override take(key: unknown, options?: CallOptions): Promise<AnyEntry | undefined> {
    return listened()
      ? this.#tell('take', key, say.entryFound, () => super.take(key, options))
      : super.take(key, options);
  }

  override getOrInsert(key: unknown, value: unknown, options?: TtlOptions): Promise<unknown> {
    return listened()
      ? this.#tell('getOrInsert', key, say.done, () => super.getOrInsert(key, value, options))
      : super.getOrInsert(key, value, options);
  }

  override getOrInsertComputed(key: unknown, load: Load, options?: TtlOptions): Promise<unknown> {
    return listened()
      ? this.#tell('getOrInsertComputed', key, say.done, () => super.getOrInsertComputed(key, load, options))
      : super.getOrInsertComputed(key, load, options);
  }

  override swap(key: unknown, value: unknown, options?: TtlOptions): Promise<AnyEntry | undefined> {
    return listened()
      ? this.#tell('swap', key, say.done, () => super.swap(key, value, options))
      : super.swap(key, value, options);
  }

  override update(key: unknown, change: Change, options?: CallOptions): Promise<AnyEntry | undefined> {
    return listened()
      ? this.#tell('update', key, say.entryLeft, () => super.update(key, change, options))
      : super.update(key, change, options);
  }

  override add(key: unknown, delta: number, options?: CallOptions): Promise<number> {
    return listened()
      ? this.#tell('add', key, say.done, () => super.add(key, delta, options))
      : super.add(key, delta, options);
  }

  override touch(key: unknown, ttl: number | 'never', options?: CallOptions): Promise<AnyEntry | undefined> {
    return listened()
      ? this.#tell('touch', key, say.entryFound, () => super.touch(key, ttl, options))
      : super.touch(key, ttl, options);
  }

  override setMany(
    items: Iterable<SetItem<unknown, unknown, unknown>>,
    options?: CallOptions,
  ): Promise<Outcome<unknown, unknown>[]> {
    return listened()
      ? this.#tell('setMany', undefined, say.each, () => super.setMany(items, options))
      : super.setMany(items, options);
  }

  override deleteMany(
    keys: Iterable<unknown>,
    options?: CallOptions,
  ): Promise<DeleteOutcome<unknown, unknown>[]> {
    return listened()
      ? this.#tell('deleteMany', undefined, say.each, () => super.deleteMany(keys, options))
      : super.deleteMany(keys, options);
  }

  override clear(range?: Span<unknown> & CallOptions): Promise<number> {
    return listened()
      ? this.#tell('clear', undefined, say.counted, () => super.clear(range))
      : super.clear(range);
  }

  override lock(key: unknown, options?: LockOptions<unknown>): Promise<AnyLock> {
    return listened()
      ? this.#tell('lock', key, say.free, () => super.lock(key, options))
      : super.lock(key, options);
  }

  override tryLock(key: unknown, options?: LockOptions<unknown>): Promise<AnyLock | undefined> {
    return listened()
      ? this.#tell('tryLock', key, say.free, () => super.tryLock(key, options))
      : super.tryLock(key, options);
  }

  override lockMany(
    keys: Iterable<unknown>,
    options?: LockOptions<unknown>,
  ): Promise<Locks<unknown, unknown, unknown>> {
    return listened()
      ? this.#tell('lockMany', undefined, say.all, () => super.lockMany(keys, options))
      : super.lockMany(keys, options);
  }

  override view(options?: ViewOptions<unknown>): Promise<View<unknown, unknown>> {
    return listened()
      ? this.#tell('view', undefined, say.done, () => super.view(options))
      : super.view(options);
  }

  override nextKey(options?: CallOptions): Promise<string> {
    return listened()
      ? this.#tell('nextKey', undefined, say.done, () => super.nextKey(options))
      : super.nextKey(options);
  }

  override restore(source: SnapshotSource, options?: RestoreOptions): Promise<number> {
    return listened()
      ? this.#tell('restore', undefined, say.counted, () => super.restore(source, options))
      : super.restore(source, options);
  }

  override compact(onProgress?: (progress: Progressed) => void): Promise<void> {
    return listened()
      ? this.#tell('compact', undefined, say.done, () => super.compact(onProgress))
      : super.compact(onProgress);
  }

  override durable(options?: CallOptions): Promise<void> {
    return listened()
      ? this.#tell('durable', undefined, say.done, () => super.durable(options))
      : super.durable(options);
  }

  override drop(): Promise<void> {
    return listened() ? this.#tell('drop', undefined, say.done, () => super.drop()) : super.drop();
  }

  #tell<T>(operation: string, key: unknown, answer: Answer<Awaited<T>>, run: () => Promise<T>): Promise<T> {
    return tellLater({ operation, map: this.name, engine: this.#engine, key }, answer, run);
  }
}

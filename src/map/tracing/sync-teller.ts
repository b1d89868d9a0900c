import type { ConditionalDelete, ConditionalSet, SetOptions, Span } from '../../contract/calls.ts';
import type { DeleteOutcome, Entry, Outcome } from '../../contract/entry.ts';
import type { SyncLock, TryLockOptions } from '../../contract/lock.ts';
import type { SetItem, SyncMap } from '../../contract/sync-map.ts';
import type { MapContext } from '../context.ts';
import type { Change } from '../phrases/update.ts';
import * as say from './answers.ts';
import { tellNow } from './channel.ts';
import type { Answer } from './channel.ts';

type AnyEntry = Entry<unknown, unknown>;
type AnyMap = SyncMap<unknown, unknown, unknown>;

/**
 * The words of a sync face, each telling of itself and handing itself to a face that does not. A face goes through
 * its teller only while somebody listens, so that a word makes no closure while nobody does, and has no layer more: a
 * read can be fast enough for one to show.
 */
export class SyncTeller {
  readonly #context: MapContext;
  readonly #quiet: AnyMap;

  constructor(context: MapContext, quiet: AnyMap) {
    this.#context = context;
    this.#quiet = quiet;
  }

  get(key: unknown): unknown {
    return this.#tell('get', key, say.found, () => this.#quiet.get(key));
  }

  entry(key: unknown): AnyEntry | undefined {
    return this.#tell('entry', key, say.entryFound, () => this.#quiet.entry(key));
  }

  has(key: unknown): boolean {
    return this.#tell('has', key, say.found, () => this.#quiet.has(key));
  }

  getMany(keys: Iterable<unknown>): unknown[] {
    return this.#tell('getMany', undefined, say.listed, () => this.#quiet.getMany(keys));
  }

  count(range: Span<unknown> | undefined): number {
    return this.#tell('count', undefined, say.counted, () => this.#quiet.count(range));
  }

  set(
    key: unknown,
    value: unknown,
    options: SetOptions | ConditionalSet<unknown> | undefined,
  ): AnyEntry | Outcome<unknown, unknown> {
    // SAFETY: the one word behind both overloads.
    const given = options as ConditionalSet<unknown>;
    return this.#tell('set', key, say.written, () => this.#quiet.set(key, value, given));
  }

  delete(
    key: unknown,
    condition: ConditionalDelete<unknown> | undefined,
  ): boolean | DeleteOutcome<unknown, unknown> {
    // SAFETY: the one word behind both overloads.
    const given = condition as ConditionalDelete<unknown>;
    return this.#tell('delete', key, say.removed, () => this.#quiet.delete(key, given));
  }

  take(key: unknown): AnyEntry | undefined {
    return this.#tell('take', key, say.entryFound, () => this.#quiet.take(key));
  }

  getOrInsert(key: unknown, value: unknown): unknown {
    return this.#tell('getOrInsert', key, say.done, () => this.#quiet.getOrInsert(key, value));
  }

  getOrInsertComputed(key: unknown, make: (key: unknown) => unknown): unknown {
    const run = (): unknown => this.#quiet.getOrInsertComputed(key, make);
    return this.#tell('getOrInsertComputed', key, say.done, run);
  }

  swap(key: unknown, value: unknown): AnyEntry | undefined {
    return this.#tell('swap', key, say.done, () => this.#quiet.swap(key, value));
  }

  update(key: unknown, change: Change): AnyEntry | undefined {
    return this.#tell('update', key, say.entryLeft, () => this.#quiet.update(key, change));
  }

  add(key: unknown, delta: number): number {
    return this.#tell('add', key, say.done, () => this.#quiet.add(key, delta));
  }

  touch(key: unknown, ttl: number | 'never'): AnyEntry | undefined {
    return this.#tell('touch', key, say.entryFound, () => this.#quiet.touch(key, ttl));
  }

  setMany(items: Iterable<SetItem<unknown, unknown, unknown>>): Outcome<unknown, unknown>[] {
    return this.#tell('setMany', undefined, say.each, () => this.#quiet.setMany(items));
  }

  deleteMany(keys: Iterable<unknown>): DeleteOutcome<unknown, unknown>[] {
    return this.#tell('deleteMany', undefined, say.each, () => this.#quiet.deleteMany(keys));
  }

  clear(range: Span<unknown> | undefined): number {
    return this.#tell('clear', undefined, say.counted, () => this.#quiet.clear(range));
  }

  tryLock(
    key: unknown,
    options: TryLockOptions<unknown> | undefined,
  ): SyncLock<unknown, unknown, unknown> | undefined {
    return this.#tell('tryLock', key, say.free, () => this.#quiet.tryLock(key, options));
  }

  #tell<T>(operation: string, key: unknown, answer: Answer<T>, run: () => T): T {
    const { name: map, engine } = this.#context;
    return tellNow({ operation, map, engine: engine.supports.engine, key }, answer, run);
  }
}

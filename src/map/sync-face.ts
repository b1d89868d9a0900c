import { checkKey, textKeys } from '../codec/keys.ts';
import type {
  CallOptions,
  ConditionalDelete,
  ConditionalSet,
  Range,
  SetOptions,
  Span,
} from '../contract/calls.ts';
import { ANY } from '../contract/condition.ts';
import type { Cell, Reference, SyncCore } from '../contract/core.ts';
import type { DeleteOutcome, Entry, Outcome } from '../contract/entry.ts';
import type { SyncLock, TryLockOptions } from '../contract/lock.ts';
import type { SetItem, SyncMap } from '../contract/sync-map.ts';
import { checkDelta, checkFunction, checkTouch } from './arguments.ts';
import { deleteRule, PLAIN, setRule } from './conditions.ts';
import { registerContext } from './context.ts';
import type { MapContext } from './context.ts';
import { pickEntry, pickKey, pickPair, pickValue } from './cursor.ts';
import type { Pick } from './cursor.ts';
import { tryLockPlan } from './locks/options.ts';
import { takeNow } from './locks/sync-lock.ts';
import { SyncPages } from './pages.ts';
import { runSync } from './phrases/drivers.ts';
import { computed, insert, swap, take, touch } from './phrases/inserts.ts';
import { encodeKeys, prepareSets } from './phrases/many.ts';
import { entryOf } from './phrases/outcomes.ts';
import { encode } from './phrases/phrase.ts';
import type { Phrase } from './phrases/phrase.ts';
import { clear, count, many } from './phrases/reads.ts';
import { added, add, refusePromise, update } from './phrases/update.ts';
import type { Change } from './phrases/update.ts';
import { put, remove, set } from './phrases/writes.ts';
import { rangeOf, spanOf } from './ranges.ts';
import { listened } from './tracing/channel.ts';
import type { SyncTeller } from './tracing/sync-teller.ts';
import { checkDefined } from './value-coder.ts';

type AnyEntry = Entry<unknown, unknown>;

/**
 * A map without promises. The words used most are written out; the others are phrases.
 *
 * A key that is found is a valid one, so that keys that an engine compares as they are need to be
 * checked only when nothing is found.
 */
export class SyncFace implements SyncMap<unknown, unknown, unknown> {
  readonly name: string;
  readonly #context: MapContext;
  readonly #core: SyncCore;
  readonly #shape: number;
  readonly #versionOf: ((map: number, key: string) => number) | undefined;
  /**
   * `true`: what is in the engine is what the caller sees. Keys are text that the engine compares as it is, values are
   * references of shape 0, because a higher one would have voided {@link MapContext.id}.
   */
  readonly #bareReads: boolean;
  /** `true`: so it is for writes, which nobody validates and which do not expire. */
  readonly #bareWrites: boolean;

  /** What tells of a word while somebody listens; `undefined` in a face that tells nothing. */
  readonly #teller: SyncTeller | undefined;

  /** @param teller - what tells of its words; a face without one tells nothing */
  constructor(context: MapContext, core: SyncCore, teller?: SyncTeller) {
    this.name = context.name;
    this.#teller = teller;
    this.#context = context;
    this.#core = core;
    this.#shape = context.format.shape;
    const { engine } = context;
    this.#versionOf = engine.form === 'sync' ? engine.versionOf : undefined;
    const { references } = context.format;
    const text = context.keys === textKeys;
    const { reach } = context.engine.supports;
    this.#bareReads = text && references && this.#shape === 0 && reach === 'process';
    this.#bareWrites = this.#bareReads && !context.validates && context.expiresAt(undefined) === 0;
    registerContext(this, context);
  }

  get(key: unknown): unknown {
    if (listened() && this.#teller !== undefined) return this.#teller.get(key);
    if (this.#bareReads) {
      // SAFETY: what is no string is not found, and then checked.
      const { entry } = this.#core.get(this.#context.id(), key as string);
      if (entry !== undefined) return entry.value;
    }
    return this.#decoded(key);
  }

  entry(key: unknown): AnyEntry | undefined {
    if (listened() && this.#teller !== undefined) return this.#teller.entry(key);
    const context = this.#context;
    const { entry } = this.#core.get(context.id(), context.findKey(key));
    if (entry !== undefined) return context.entry(entry);
    context.encodeKey(key);
    return undefined;
  }

  has(key: unknown): boolean {
    if (listened() && this.#teller !== undefined) return this.#teller.has(key);
    const context = this.#context;
    if (this.#versionOf !== undefined) return this.#versionOf(context.id(), context.encodeKey(key)) !== 0;
    if (this.#core.get(context.id(), context.findKey(key)).ok) return true;
    context.encodeKey(key);
    return false;
  }

  getMany(keys: Iterable<unknown>): unknown[] {
    if (listened() && this.#teller !== undefined) return this.#teller.getMany(keys);
    return this.#run(many(this.#context, encodeKeys(this.#context, 'getMany', keys)));
  }

  list(range?: Range<unknown>): IterableIterator<AnyEntry> {
    return this.#pages('list', range, pickEntry);
  }

  keys(range?: Range<unknown>): IterableIterator<unknown> {
    return this.#pages('keys', range, pickKey);
  }

  values(range?: Range<unknown>): IterableIterator<unknown> {
    return this.#pages('values', range, pickValue);
  }

  [Symbol.iterator](): IterableIterator<readonly [unknown, unknown]> {
    return this.#pages('iteration', undefined, pickPair);
  }

  count(range?: Span<unknown>): number {
    if (listened() && this.#teller !== undefined) return this.#teller.count(range);
    return this.#run(count(spanOf(this.#context, 'count', range)));
  }

  set(key: unknown, value: unknown, options?: SetOptions): AnyEntry;
  set(key: unknown, value: unknown, condition: ConditionalSet<unknown>): Outcome<unknown, unknown>;
  set(
    key: unknown,
    value: unknown,
    options?: SetOptions | ConditionalSet<unknown>,
  ): AnyEntry | Outcome<unknown, unknown> {
    if (listened() && this.#teller !== undefined) return this.#teller.set(key, value, options);
    if (options !== undefined) return this.#setUnder(key, value, options);
    if (!this.#bareWrites || value === undefined) return this.#setEncoded(key, value);
    const id = this.#context.id();
    // SAFETY: opaque to the engine, which said that it takes any value.
    const reply = this.#core.write(id, checkKey(key), value as Reference, ANY, 0, 0, undefined, 0);
    return this.#context.entry(entryOf(this.#context, reply.entry));
  }

  delete(key: unknown): boolean;
  delete(key: unknown, condition: ConditionalDelete<unknown>): DeleteOutcome<unknown, unknown>;
  delete(key: unknown, condition?: ConditionalDelete<unknown>): boolean | DeleteOutcome<unknown, unknown> {
    if (listened() && this.#teller !== undefined) return this.#teller.delete(key, condition);
    const context = this.#context;
    const rule = deleteRule('delete', condition);
    if (condition !== undefined) refuseAborted(condition);
    const text = context.encodeKey(key);
    if (rule.conditional) return this.#run(remove(context, text, rule));
    return this.#core.write(context.writeId(), text, undefined, ANY, 0, 0, undefined, this.#shape).ok;
  }

  take(key: unknown): AnyEntry | undefined {
    if (listened() && this.#teller !== undefined) return this.#teller.take(key);
    return this.#run(take(this.#context, this.#context.encodeKey(key)));
  }

  getOrInsert(key: unknown, value: unknown): unknown {
    if (listened() && this.#teller !== undefined) return this.#teller.getOrInsert(key, value);
    checkDefined(this.name, value);
    return this.#insert(key, () => encode(this.#context, value));
  }

  getOrInsertComputed(key: unknown, make: (key: unknown) => unknown): unknown {
    if (listened() && this.#teller !== undefined) return this.#teller.getOrInsertComputed(key, make);
    checkFunction('getOrInsertComputed', make);
    return this.#insert(key, () =>
      computed(this.#context, () => {
        const value = make(key);
        refusePromise('getOrInsertComputed', value);
        return value;
      }),
    );
  }

  swap(key: unknown, value: unknown): AnyEntry | undefined {
    if (listened() && this.#teller !== undefined) return this.#teller.swap(key, value);
    return this.#run(swap(this.#context, this.#context.encodeKey(key), value, undefined));
  }

  update(key: unknown, change: Change): AnyEntry | undefined {
    if (listened() && this.#teller !== undefined) return this.#teller.update(key, change);
    checkFunction('update', change);
    return this.#run(update(this.#context, this.#context.encodeKey(key), change));
  }

  add(key: unknown, delta: number): number {
    if (listened() && this.#teller !== undefined) return this.#teller.add(key, delta);
    const context = this.#context;
    const text = context.encodeKey(key);
    checkDelta(delta);
    if (!context.addsNatively) return this.#run(add(context, text, delta));
    const reply = this.#core.add(context.writeId(), text, delta, context.expiresAt(undefined), this.#shape);
    return added(context, text, delta, reply);
  }

  touch(key: unknown, ttl: number | 'never'): AnyEntry | undefined {
    if (listened() && this.#teller !== undefined) return this.#teller.touch(key, ttl);
    checkTouch(ttl);
    return this.#run(touch(this.#context, this.#context.encodeKey(key), ttl));
  }

  setMany(items: Iterable<SetItem<unknown, unknown, unknown>>): Outcome<unknown, unknown>[] {
    if (listened() && this.#teller !== undefined) return this.#teller.setMany(items);
    const steps = this.#run(prepareSets(this.#context, items));
    return steps.map(({ key, cell, rule, expiresAt }) =>
      this.#run(put(this.#context, key, cell, rule, expiresAt)),
    );
  }

  deleteMany(keys: Iterable<unknown>): DeleteOutcome<unknown, unknown>[] {
    if (listened() && this.#teller !== undefined) return this.#teller.deleteMany(keys);
    const texts = encodeKeys(this.#context, 'deleteMany', keys);
    return texts.map((text) => this.#run(remove(this.#context, text, PLAIN)));
  }

  clear(range?: Span<unknown>): number {
    if (listened() && this.#teller !== undefined) return this.#teller.clear(range);
    return this.#run(clear(spanOf(this.#context, 'clear', range)));
  }

  tryLock(key: unknown, options?: TryLockOptions<unknown>): SyncLock<unknown, unknown, unknown> | undefined {
    if (listened() && this.#teller !== undefined) return this.#teller.tryLock(key, options);
    return takeNow(this.#context, this.#core, key, tryLockPlan('tryLock', options));
  }

  #decoded(key: unknown): unknown {
    const context = this.#context;
    const { entry } = this.#core.get(context.id(), context.findKey(key));
    if (entry !== undefined) return context.decode(entry);
    context.encodeKey(key);
    return undefined;
  }

  #setEncoded(key: unknown, value: unknown): AnyEntry {
    const context = this.#context;
    const id = context.writeId();
    const text = context.encodeKey(key);
    const { cell, value: written } = context.encodeRead(text, value);
    const as = context.decodeKey(text);
    const expiresAt = context.expiresAt(undefined);
    const { at: version } = this.#core.write(id, text, cell, ANY, 0, expiresAt, undefined, this.#shape);
    return expiresAt === 0
      ? { key: as, value: written, version }
      : { key: as, value: written, version, expiresAt };
  }

  #setUnder(key: unknown, value: unknown, options: CallOptions): AnyEntry | Outcome<unknown, unknown> {
    const rule = setRule('set', options, true);
    refuseAborted(options);
    const outcome = this.#run(set(this.#context, this.#context.encodeKey(key), value, rule));
    // A write without a condition is never refused.
    return rule.conditional || !outcome.ok ? outcome : outcome.entry;
  }

  #insert(key: unknown, make: () => Phrase<Cell>): unknown {
    const text = this.#context.encodeKey(key);
    return this.#context.decode(this.#run(insert(this.#context, text, make, undefined)));
  }

  #pages<T>(what: string, range: object | undefined, pick: Pick<T>): IterableIterator<T> {
    return new SyncPages(this.#context, this.#core, rangeOf(this.#context, what, range), pick);
  }

  #run<T>(phrase: Phrase<T>): T {
    return runSync(this.#context, this.#core, phrase);
  }
}

/** A call that cannot wait can still come too late. */
function refuseAborted({ signal }: CallOptions): void {
  if (signal?.aborted) throw signal.reason;
}

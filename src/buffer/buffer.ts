import { within } from '../base/abort.ts';
import { deferred } from '../base/deferred.ts';
import { StoreError } from '../base/errors.ts';
import { checkMs, checkOptions, show } from '../base/options.ts';
import type { CallOptions } from '../contract/calls.ts';
import { holds, NEWER } from '../contract/condition.ts';
import type { Stamp } from '../contract/entry.ts';
import { checked, checkedSize, listOf } from './arguments.ts';
import { combine, join } from './coalesce.ts';
import type { BufferEntry, BufferKey, Deletes } from './entry.ts';
import type { Journal, Recovered } from './journal.ts';
import { Machine } from './machine.ts';
import type { Internals } from './machine.ts';
import type { BufferWriteOptions, CloseOptions, IdentityOptions, MapBuffer } from './map-buffer.ts';
import type { BufferSettings, LiveOptions, Settings } from './options.ts';
import { isBufferKey, partitionKeyOf, partitionOf } from './partition-of.ts';
import { become, Hidden, newestIn, pendingOf } from './pending.ts';
import type { Pending, State, Table } from './pending.ts';
import type { Batches } from './pull.ts';
import { NO_ROOM } from './room.ts';
import { checkStamp } from './stamp.ts';
import { RememberedStamps } from './stamps.ts';
import type { BufferStats } from './stats.ts';
import { CALL_OPTIONS, identityOf, writeOf } from './write.ts';
import type { Write } from './write.ts';

/** One promise for all writes that are accepted at once, and one each for what became of stamped ones. */
const ACCEPTED: Promise<void> = Promise.resolve();
const APPLIED: Promise<boolean> = Promise.resolve(true);
const IGNORED: Promise<boolean> = Promise.resolve(false);

/** The buffer behind {@link MapBuffer}. */
export class WriteBuffer<Value, Key extends BufferKey, Mode extends Deletes> implements MapBuffer<
  Value,
  Key,
  Mode
> {
  readonly name: string;
  readonly #machine: Machine;
  readonly #partitions: number;
  readonly #own: BufferSettings;
  readonly #sizeOf: Settings['sizeOf'];
  readonly #journal: Journal | undefined;
  readonly #stamps: RememberedStamps;
  /** `true`: a write is nothing but a change of the table. */
  readonly #bare: boolean;
  /** `true`: a write calls functions of the user. */
  readonly #calls: boolean;

  constructor(settings: Settings, own: BufferSettings, journal: Journal | undefined, internals: Internals) {
    const { partitions, clock } = settings;
    this.name = settings.name;
    this.#partitions = partitions;
    this.#own = own;
    this.#sizeOf = settings.sizeOf;
    this.#journal = journal;
    this.#calls = own.merge !== undefined || settings.sizeOf !== undefined;
    this.#bare = !this.#calls && journal === undefined;
    this.#stamps = new RememberedStamps(own.stampLimit * partitions, own.stampMs, clock);
    const duties = {
      strict: false,
      routing: (pending: Pending) => this.#stamps.note(pending),
      present: (pendings: readonly Pending[]) => pendings.slice(),
      coalesce: (older: Pending, newer: Pending) => this.#join(older, newer),
      routed: ({ entries }: Table) => {
        this.#stamps.rotate();
        if (own.reads === 'current') entries.clear();
      },
      settled: (pendings: readonly Pending[]) => this.#settled(pendings),
    };
    this.#machine = new Machine(settings, duties, journal, internals);
  }

  /** Takes what an earlier process accepted. Two changes of one key come in tables of their own. */
  recover({ seq, key, partitionKey, ...state }: Recovered): void {
    if (this.#machine.table.entries.get(partitionKey, key) !== undefined) this.#machine.swap();
    this.#add(key, partitionKey, state, this.#bytesOf(state, key), seq);
  }

  set(key: Key, value: Value, options?: BufferWriteOptions<Key>): Promise<void> {
    const machine = this.#machine;
    const { room, table } = machine;
    if (options === undefined && this.#bare && machine.open && room.waiting === 0 && value !== undefined) {
      const found = table.entries.plain.get(key);
      if (found === undefined) {
        if (isBufferKey(key) && room.count < room.maxEntries) {
          const place = table.place(partitionOf(key, this.#partitions));
          table.entries.plain.set(key, pendingOf(key, value, undefined, undefined, place));
          room.count++;
          if (table.since === 0) machine.begun(table);
          return ACCEPTED;
        }
      } else if (!found.deleted) {
        found.value = value;
        found.stamp = undefined;
        found.updates = 0;
        return ACCEPTED;
      }
    }
    try {
      const write = writeOf('set', key, value, undefined, options);
      return this.#accept(write, options) as Promise<unknown> as Promise<void>;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  async setMany(entries: Iterable<readonly [Key, Value]>, options?: BufferWriteOptions<Key>): Promise<void> {
    const writes = listOf('setMany', entries, 2).map(([key, value]) =>
      writeOf('setMany', key, value, undefined, options),
    );
    await this.#acceptAll(writes, options);
  }

  setNewer(key: Key, value: Value, stamp: Stamp, options?: BufferWriteOptions<Key>): Promise<boolean> {
    const { room, table, open } = this.#machine;
    if (options === undefined && this.#bare && open && room.waiting === 0 && value !== undefined) {
      const found = table.entries.plain.get(key);
      if (found === undefined) {
        if (isBufferKey(key) && room.count < room.maxEntries && Number.isSafeInteger(stamp)) {
          if (!holds(NEWER, 0, stamp, 0, this.#known(undefined, key))) return IGNORED;
          const place = table.place(partitionOf(key, this.#partitions));
          this.#machine.add(pendingOf(key, value, stamp, undefined, place));
          return APPLIED;
        }
      } else if (!found.deleted && Number.isSafeInteger(stamp)) {
        if (!holds(NEWER, 0, stamp, 0, found.stamp)) return IGNORED;
        found.value = value;
        found.stamp = stamp;
        found.updates++;
        return APPLIED;
      }
    }
    try {
      const write = writeOf('setNewer', key, value, checkStamp('setNewer', stamp), options);
      return this.#accept(write, options);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  async setManyNewer(
    entries: Iterable<readonly [Key, Value, Stamp]>,
    options?: BufferWriteOptions<Key>,
  ): Promise<boolean[]> {
    const writes = listOf('setManyNewer', entries, 3).map(([key, value, stamp]) =>
      writeOf('setManyNewer', key, value, checkStamp('setManyNewer', stamp), options),
    );
    return await this.#acceptAll(writes, options);
  }

  trySet(key: Key, value: Value, options?: IdentityOptions<Key>): boolean {
    if (this.#journal !== undefined) {
      throw new StoreError(
        'UNSUPPORTED',
        'trySet: with a store a write is accepted when it is durable; use set',
      );
    }
    const write = writeOf('trySet', key, value, undefined, options);
    this.#machine.checkOpen();
    if (this.#machine.room.waiting === 0 && this.#apply(write) !== NO_ROOM) return true;
    this.#machine.pressed();
    return false;
  }

  async delete(
    key: Key,
    options?: BufferWriteOptions<Key> & { readonly stamp?: Stamp | undefined },
  ): Promise<boolean> {
    const { stamp, ...rest } = checked('delete', options, [...CALL_OPTIONS, 'stamp']);
    if (stamp !== undefined) checkStamp('delete', stamp);
    if (stamp !== undefined && this.#own.deletes === 'discard') {
      throw new TypeError(`delete: a stamp needs deletes: 'deliver'`);
    }
    const write = { ...identityOf('delete', key, rest), value: undefined, stamp, deleted: true };
    return await this.#accept({ ...write, newer: stamp !== undefined }, rest);
  }

  get(key: Key): Value | undefined;
  get<Fallback>(key: Key, fallback: Fallback, options?: IdentityOptions<Key>): Value | Fallback;
  get<Fallback>(key: Key, fallback?: Fallback, options?: IdentityOptions<Key>): Value | Fallback | undefined {
    const partitionKey = options === undefined ? undefined : partitionKeyOf(options.partitionKey, key);
    let found = this.#machine.table.entries.get(partitionKey, key);
    if (found === undefined && this.#own.reads === 'all')
      found = newestIn(this.#machine.unsettled, partitionKey, key);
    // SAFETY: what waits for a key of this buffer was given as its value.
    return found === undefined || found.deleted ? fallback : (found.value as Value);
  }

  count(): number {
    const { table, room } = this.#machine;
    return this.#own.reads === 'all' ? room.count : table.entries.size;
  }

  flush(options?: CallOptions): Promise<void> {
    return this.#machine.flush(options);
  }

  async flushed(key: Key, options?: BufferWriteOptions<Key>): Promise<void> {
    const { partitionKey } = identityOf('flushed', key, options);
    const { table, unrouted, clock } = this.#machine;
    const pending =
      table.entries.get(partitionKey, key) ??
      newestIn(unrouted, partitionKey, key) ??
      this.#machine.find(partitionOf(partitionKey ?? key, this.#partitions), partitionKey, key);
    if (pending === undefined) return;
    const done = deferred<void>();
    Hidden.watch(pending, [done]);
    this.#machine.watchers++;
    const late = (): StoreError =>
      new StoreError('TIMEOUT', `not delivered within ${options?.deadlineMs} ms`);
    await within(done.promise, options, clock, late);
  }

  batches(): Batches<BufferEntry<Value, Key, Mode>> {
    const { pull } = this.#machine;
    if (pull === undefined) throw new TypeError('batches: the buffer has a processor');
    // SAFETY: batches are made of what this buffer accepted.
    return pull.batches() as Batches<BufferEntry<Value, Key, Mode>>;
  }

  updateOptions(options: LiveOptions): void {
    this.#machine.updateOptions(options);
  }

  stats(): BufferStats {
    return { ...this.#machine.stats(), stamps: this.#stamps.size };
  }

  async close(options: CloseOptions = {}): Promise<readonly BufferEntry<Value, Key, Mode>[]> {
    checkOptions('close', options, ['deadlineMs']);
    const { deadlineMs } = options;
    if (deadlineMs !== undefined) checkMs('close: deadlineMs', deadlineMs, 0);
    const rest = await this.#machine.close(deadlineMs);
    // SAFETY: a change that this buffer accepted is an entry.
    return rest as readonly unknown[] as readonly BufferEntry<Value, Key, Mode>[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Writes as soon as there is room and it is its turn; whether it was applied. */
  #accept(write: Write, options: CallOptions | undefined): Promise<boolean> {
    const machine = this.#machine;
    const { signal, deadlineMs } = options ?? {};
    machine.checkOpen();
    if (deadlineMs !== undefined) checkMs('deadlineMs', deadlineMs, 0);
    if (signal?.aborted === true) throw signal.reason;
    const applied = machine.room.waiting === 0 ? this.#apply(write) : NO_ROOM;
    if (applied !== NO_ROOM) return this.#whenDurable(applied);
    machine.pressed();
    if (machine.settings.onFull === 'reject') throw this.#full();
    const done = machine.room.wait(() => this.#apply(write), options);
    // SAFETY: what is waited for is what `#apply` answers.
    return done.then((result) => this.#whenDurable(result as boolean));
  }

  async #acceptAll(writes: readonly Write[], options: CallOptions | undefined): Promise<boolean[]> {
    const { room, table, settings } = this.#machine;
    if (settings.onFull === 'reject') {
      const added = writes.filter(
        ({ partitionKey, key }) => table.entries.get(partitionKey, key) === undefined,
      );
      const bytes = writes.reduce((sum, write) => sum + this.#bytesOf(write, write.key), 0);
      if (!room.fits(added.length, bytes)) throw this.#full();
    }
    const done: boolean[] = [];
    if (this.#bare && this.#machine.open && options === undefined) {
      // Nothing of them can fail or has to be waited for, as long as there is room.
      for (const write of writes) {
        const applied = room.waiting === 0 ? this.#apply(write) : NO_ROOM;
        if (applied === NO_ROOM) break;
        done.push(applied);
      }
      if (done.length === writes.length) return done;
    }
    const rest = writes.slice(done.length);
    // All of them are heard: one that throws at once must not leave the promise of another to nobody.
    return done.concat(await Promise.all(rest.map(async (write) => await this.#accept(write, options))));
  }

  #full(): StoreError {
    const { maxEntries, maxBytes } = this.#machine.room;
    return new StoreError(
      'FULL',
      `the buffer ${this.name} is full: ${maxEntries} entries, ${maxBytes} bytes`,
    );
  }

  #whenDurable(applied: boolean): Promise<boolean> {
    if (this.#journal === undefined || !applied) return applied ? APPLIED : IGNORED;
    return this.#journal.durable().then(() => true);
  }

  /** Carries a write out if it holds and there is room. Nothing is changed when it throws. */
  #apply(write: Write): boolean | typeof NO_ROOM {
    const { room, table } = this.#machine;
    const { key, partitionKey, stamp } = write;
    const found = table.entries.get(partitionKey, key);
    if (write.deleted && this.#own.deletes === 'discard') {
      if (found !== undefined) this.#machine.discard(found);
      return found !== undefined;
    }
    if (write.newer) {
      const known = found === undefined ? this.#known(partitionKey, key) : found.stamp;
      if (!holds(NEWER, 0, stamp, 0, known)) return false;
    }
    const before = found?.value;
    const state = combine(found, write, this.#own.merge);
    const bytes = this.#bytesOf(state, key);
    if (this.#calls && (found?.value !== before || this.#changed(found, key, partitionKey)))
      return this.#apply(write);
    if (bytes > room.maxBytes) {
      throw new StoreError(
        'LIMIT',
        `${show(key)} has ${bytes} bytes, more than all of maxBytes, ${room.maxBytes}`,
      );
    }
    if (!room.fits(found === undefined ? 1 : 0, bytes - (found === undefined ? 0 : Hidden.bytes(found))))
      return NO_ROOM;
    const seq =
      this.#journal?.write(found === undefined ? 0 : Hidden.seq(found), key, partitionKey, state) ?? 0;
    if (found === undefined) {
      this.#add(key, partitionKey, state, bytes, seq);
    } else {
      room.bytes += bytes - Hidden.bytes(found);
      Hidden.setBytes(found, bytes);
      become(found, state);
    }
    return true;
  }

  /** Whether `merge` or `sizeOf` used the buffer, so that what they were asked about is no longer true. */
  #changed(found: Pending | undefined, key: BufferKey, partitionKey: BufferKey | undefined): boolean {
    this.#machine.checkOpen();
    return this.#machine.table.entries.get(partitionKey, key) !== found;
  }

  #add(key: BufferKey, partitionKey: BufferKey | undefined, state: State, bytes: number, seq: number): void {
    const place = this.#machine.table.place(partitionOf(partitionKey ?? key, this.#partitions));
    const pending = pendingOf(key, state.value, state.stamp, partitionKey, place);
    become(pending, state);
    Hidden.setBytes(pending, bytes);
    Hidden.setSeq(pending, seq);
    this.#machine.add(pending);
  }

  #bytesOf(
    { value, deleted }: { readonly value: unknown; readonly deleted: boolean },
    key: BufferKey,
  ): number {
    if (this.#sizeOf === undefined || deleted) return 0;
    return checkedSize(this.#sizeOf(value, key));
  }

  /** The stamp of what left the table being written. */
  #known(partitionKey: BufferKey | undefined, key: BufferKey): Stamp | undefined {
    const pending = newestIn(this.#machine.unrouted, partitionKey, key);
    return pending === undefined ? this.#stamps.get(partitionKey, key) : pending.stamp;
  }

  #join(older: Pending, newer: Pending): void {
    const state = join(older, newer, this.#own.merge);
    const bytes = this.#bytesOf(state, older.key);
    this.#journal?.join(older, state, newer);
    this.#machine.room.bytes += bytes - Hidden.bytes(older);
    Hidden.setBytes(older, bytes);
    become(older, state);
    if (this.#own.reads !== 'all') return;
    Hidden.table(newer).entries.delete(newer.partitionKey, newer.key);
  }

  #settled(pendings: readonly Pending[]): void {
    this.#journal?.remove(pendings);
    if (this.#own.reads !== 'all') return;
    for (const pending of pendings) {
      Hidden.table(pending).entries.delete(Hidden.partitionKey(pending), Hidden.key(pending));
    }
  }
}
